"""Writes test/fixtures/keras: two tiny models as Keras saves them, an image, and what Keras computes for it.

usage: python bench/oracle/make_fixtures.py      needs: pip install tensorflow-cpu==2.21.0 keras==3.15.1 pillow

*-unnamed.keras lack the layers' names in their weights, as older versions of Keras 3 write them. `tutorial` has the shape of the Flask tutorial's network (convolutions, pooling, a hidden layer, dropout, softmax), `nested` uses a model as a layer.
"""
import io
import json
import os
import zipfile

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
from keras import layers
from PIL import Image

from make_models import images, prepare, randomise_norms

FOLDER = os.path.join(os.path.dirname(__file__), "../../test/fixtures/keras")
SIDE = 32
CLASSES = 3


def features(x):
    x = layers.Conv2D(8, 3, strides=2, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.SeparableConv2D(12, 3, padding="same", activation="relu")(x)


def tutorial():
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.GlobalAveragePooling2D()(features(inputs))
    x = layers.Dropout(0.5)(layers.Dense(16, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))


def nested():
    inside = keras.Input((SIDE, SIDE, 3))
    base = keras.Model(inside, features(inside), name="base")
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.RandomFlip("horizontal")(inputs)
    x = base(layers.Rescaling(1 / 127.5, offset=-1)(x), training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))


def save_unnamed(name):
    """The archive as Keras 3 wrote it before it kept the names of layers beside their weights."""
    with zipfile.ZipFile(os.path.join(FOLDER, f"{name}.keras")) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    weights = io.BytesIO(entries["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        file.visititems(lambda _, item: item.attrs.pop("name", None) and None)
        file["vars"].attrs.pop("name", None)
    entries["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(os.path.join(FOLDER, f"{name}-unnamed.keras"), "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)


def build(name, constructor, convention, image, random):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    model = constructor()
    randomise_norms(model, prepare(images(6, SIDE, random), convention), random)
    for layer in model.layers[-1:]:
        # Logits of a few units: a difference in the network shows in the probabilities.
        layer.kernel.assign(layer.kernel * 4)
    for ending in ("h5", "keras"):
        model.save(os.path.join(FOLDER, f"{name}.{ending}"))
    save_unnamed(name)
    probabilities = model.predict(prepare(image, convention), verbose=0)[0].tolist()
    print(name, convention, probabilities, flush=True)
    return {"preprocess": convention, "probabilities": probabilities}


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    generator = np.random.default_rng(11)
    drawn = images(1, SIDE, generator)
    Image.fromarray(drawn[0]).save(os.path.join(FOLDER, "image.png"))
    expected = {"tutorial": build("tutorial", tutorial, "unit", drawn, generator), "nested": build("nested", nested, "raw", drawn, generator)}
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")
