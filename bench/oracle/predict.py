"""What Python computes with model files: Keras' predict for .h5 and .keras, onnxruntime for .onnx.

usage: python predict.py FOLDER MODEL...      needs: pip install tensorflow-cpu==2.21.0 onnxruntime pillow

FOLDER holds images of the models' size as lossless PNGs (decoded here, by Pillow) and `convention`, the name of how Keras models
want their pixels; .onnx files take them as they are. Prints as JSON: {model: [[probability ...] for each image, by name]}.
"""
import json
import os
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import onnxruntime
from PIL import Image

from make_models import prepare


def run_keras(path, pixels, convention):
    return keras.models.load_model(path, compile=False).predict(prepare(pixels, convention), verbose=0)


def run_onnx(path, pixels):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"pixels": pixels})[0]


if __name__ == "__main__":
    folder, *models = sys.argv[1:]
    names = sorted(name for name in os.listdir(folder) if name.endswith(".png"))
    pixels = np.stack([np.asarray(Image.open(os.path.join(folder, name)).convert("RGB")) for name in names])
    with open(os.path.join(folder, "convention")) as file:
        convention = file.read()
    found = {path: run_onnx(path, pixels) if path.endswith(".onnx") else run_keras(path, pixels, convention) for path in models}
    json.dump({path: np.asarray(values).tolist() for path, values in found.items()}, sys.stdout)
