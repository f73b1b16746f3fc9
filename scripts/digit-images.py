"""scikit-learn's 1,797 handwritten digits (UCI Optical Recognition of Handwritten Digits) as PNG in class folders, for
`node dist/bench/calibration.js FOLDER`: python3 scripts/digit-images.py FOLDER"""

import struct
import sys
import zlib
from pathlib import Path

from sklearn.datasets import load_digits

SCALE = 16  # 8 × 8 values of 0 to 16 become 128 × 128 pixels


def png(rows):
    raw = b"".join(b"\0" + bytes(row) for row in rows)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


digits = load_digits()
for i, (image, label) in enumerate(zip(digits.images, digits.target)):
    folder = Path(sys.argv[1], str(label))
    folder.mkdir(parents=True, exist_ok=True)
    rows = [[min(255, int(v * 16)) for v in row for _ in range(SCALE)] for row in image for _ in range(SCALE)]
    (folder / f"{i:04}.png").write_bytes(png(rows))
