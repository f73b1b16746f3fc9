"""Encodes the drawn test image as HEIC, as phones do: HEVC, a Display P3 profile, rotation in the file.

Run after scripts/make-fixtures.ts, from the repository's root:
    python3 -m venv .cache/heic && .cache/heic/bin/pip install pillow==12.0.0 pillow-heif==1.8.1
    .cache/heic/bin/python scripts/make-heic-fixtures.py
"""

import io
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

folder = Path("test/fixtures/images")
settings = {"quality": 95, "chroma": 444}
turn_right_to_view = 6  # EXIF orientation: the stored image must be turned 90 degrees clockwise

pillow_heif.register_heif_opener()
scene = Image.open(folder / "scene.png").convert("RGB")


def save(name: str, image: Image.Image, **options: object) -> None:
    image.save(folder / name, format="HEIF", **settings, **options)
    print(name, (folder / name).stat().st_size, "bytes")


def to_display_p3(image: Image.Image) -> tuple[Image.Image, bytes]:
    profile = Image.open(folder / "display-p3.jpg").info["icc_profile"]
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), p3), profile


wide, wide_profile = to_display_p3(scene)
save("display-p3.heic", wide, icc_profile=wide_profile)

exif = Image.Exif()
exif[0x0112] = turn_right_to_view
save("orientation-6.heic", scene.transpose(Image.Transpose.ROTATE_90), exif=exif.tobytes())

ghost = Image.open(folder / "alpha.png").convert("RGBA")
save("alpha.heic", ghost)
