"""Resizes images as TensorFlow, Keras and Pillow do, for bench/resize.ts.

usage: python resize.py FOLDER WIDTH HEIGHT      needs: pip install tensorflow-cpu==2.21.0 pillow

FOLDER/*.jpg, in the order of their names, become FOLDER/<method>.u8: uint8 [images, height, width, 3]. Pillow decodes and turns them
upright, so that methods differ in the resize alone; `keras load_img as it is` is given the file, whose EXIF orientation Keras ignores.
"""
import io
import os
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps


def rounded(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def with_tensorflow(antialias):
    return lambda path, image, size: rounded(tf.image.resize(np.asarray(image), (size[1], size[0]), method="bilinear", antialias=antialias).numpy())


def with_pillow(filter):
    return lambda path, image, size: np.asarray(image.resize(size, filter))


def with_keras(interpolation, upright=True):
    def resize(path, image, size):
        source = path
        if upright:
            source = io.BytesIO()
            image.save(source, "png")
            source.seek(0)
        return np.asarray(keras.utils.load_img(source, target_size=(size[1], size[0]), interpolation=interpolation))

    return resize


METHODS = {
    "tf.image.resize bilinear": with_tensorflow(False),
    "tf.image.resize bilinear, antialias": with_tensorflow(True),
    "keras load_img nearest": with_keras("nearest"),
    "keras load_img bilinear": with_keras("bilinear"),
    "keras load_img nearest as it is": with_keras("nearest", upright=False),
    "Pillow bilinear": with_pillow(Image.Resampling.BILINEAR),
    "Pillow bicubic": with_pillow(Image.Resampling.BICUBIC),
    "Pillow lanczos": with_pillow(Image.Resampling.LANCZOS),
}

if __name__ == "__main__":
    folder, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    outputs = {method: open(os.path.join(folder, f"{method}.u8"), "wb") for method in METHODS}
    for name in sorted(name for name in os.listdir(folder) if name.endswith(".jpg")):
        path = os.path.join(folder, name)
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        for method, resize in METHODS.items():
            outputs[method].write(resize(path, image, (width, height)).tobytes())
    for output in outputs.values():
        output.close()
