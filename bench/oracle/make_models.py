"""Builds Keras models with random weights, saves each in every file format, and writes down what Keras computes with them.

usage: python make_models.py OUT [--whole] [architecture ...]      needs: pip install tensorflow-cpu==2.21.0 tf2onnx

For each architecture OUT/<name>/ gets whole.h5, whole.keras, legacy-weights.h5 (the layout of Keras applications' own files),
keras3.weights.h5, tf2onnx.onnx, saved_model, topology.json (for the weights-only files), pixels.u8 (2 images) and expected.json (embeddings, probabilities).
--whole: whole.h5 and whole.keras alone, which is a quarter of the time and of the space.
"""
import json
import os
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import applications, layers
from keras.src.legacy.saving import legacy_h5_format

IMAGES = 2
NORM_IMAGES = 6
CLASSES = 10


def tutorial_style(**options):
    """The model that the Flask tutorial's users fine-tuned: bare Inception-V3, pooling, one hidden layer."""
    options.pop("classes")
    base = applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3))
    x = layers.GlobalAveragePooling2D()(base.output)
    x = layers.Dense(1024, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    return keras.Model(base.input, layers.Dense(CLASSES, activation="softmax")(x))


def nested(**options):
    """The style of today's tutorials: the base model as one layer, normalised by a layer inside."""
    base = applications.MobileNetV2(include_top=False, weights=None, input_shape=(160, 160, 3))
    inputs = keras.Input((160, 160, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = layers.GlobalAveragePooling2D()(base(x, training=False))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Dropout(0.2)(x)))


# name: constructor, size of the image, and how its pixels are prepared
ARCHITECTURES = {
    "InceptionV3": (applications.InceptionV3, 299, "inception"),
    "Xception": (applications.Xception, 299, "inception"),
    "InceptionResNetV2": (applications.InceptionResNetV2, 299, "inception"),
    "ResNet50": (applications.ResNet50, 224, "caffe"),
    "EfficientNetB0": (applications.EfficientNetB0, 224, "raw"),
    "EfficientNetB3": (applications.EfficientNetB3, 300, "raw"),
    "EfficientNetB5": (applications.EfficientNetB5, 456, "raw"),
    "MobileNetV2": (applications.MobileNetV2, 224, "inception"),
    "MobileNet": (applications.MobileNet, 224, "inception"),
    "MobileNetV3Small": (applications.MobileNetV3Small, 224, "raw"),
    "MobileNetV3Large": (applications.MobileNetV3Large, 224, "raw"),
    "EfficientNetV2B0": (applications.EfficientNetV2B0, 224, "raw"),
    "EfficientNetV2S": (applications.EfficientNetV2S, 384, "raw"),
    "ConvNeXtTiny": (applications.ConvNeXtTiny, 224, "raw"),
    "ResNet50V2": (applications.ResNet50V2, 224, "inception"),
    "DenseNet121": (applications.DenseNet121, 224, "torch"),
    "NASNetMobile": (applications.NASNetMobile, 224, "inception"),
    "VGG16": (applications.VGG16, 224, "caffe"),
    "VGG19": (applications.VGG19, 224, "caffe"),
    "TutorialStyle": (tutorial_style, 299, "unit"),
    "Nested": (nested, 160, "raw"),
}


def prepare(pixels, convention):
    x = pixels.astype(np.float32)
    if convention == "inception":
        return x / 127.5 - 1
    if convention == "unit":
        return x / 255
    if convention == "torch":
        return (x / 255 - np.array([0.485, 0.456, 0.406], np.float32)) / np.array([0.229, 0.224, 0.225], np.float32)
    if convention == "caffe":
        return x[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32)
    return x


def images(count, size, random):
    """Smooth colour fields with some noise: batch-norms see something like images, not white noise."""
    coarse = random.uniform(0, 255, (count, 8, 8, 3))
    smooth = coarse.repeat(size // 8 + 1, 1).repeat(size // 8 + 1, 2)[:, :size, :size]
    return np.clip(smooth + random.normal(0, 20, smooth.shape), 0, 255).astype(np.uint8)


def all_layers(model):
    for layer in model.layers:
        yield from all_layers(layer) if hasattr(layer, "layers") else [layer]


def randomise_norms(model, x, random):
    """Batch-norm statistics as after training on `x`, then moved: nothing may pass for the identity."""
    norms = [layer for layer in all_layers(model) if isinstance(layer, layers.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0.0
        layer.trainable = True
    model(x, training=True)
    for layer in norms:
        layer.momentum = 0.99
        deviation = np.sqrt(np.asarray(layer.moving_variance.numpy()))
        move(layer.moving_mean, lambda mean: mean + 0.1 * deviation * random.normal(size=mean.shape))
        for variable in (layer.moving_variance, layer.gamma):
            move(variable, lambda value: value * random.uniform(0.9, 1.1, value.shape))
        move(layer.beta, lambda beta: beta + random.normal(0, 0.1, beta.shape))


def move(variable, change):
    if variable is not None:
        variable.assign(change(variable.numpy()))


def embedding_of(model):
    """Where Taxon cuts: behind the last global pooling, else before the last dense layer."""
    poolings = [layer for layer in model.layers if isinstance(layer, layers.GlobalAveragePooling2D)]
    return poolings[-1].output if poolings else model.layers[-1].input


def build(name, out, only_whole=False):
    constructor, size, convention = ARCHITECTURES[name]
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    random = np.random.default_rng(7)
    model = constructor(weights=None, classes=CLASSES)
    randomise_norms(model, prepare(images(NORM_IMAGES, size, random), convention), random)
    pixels = images(IMAGES, size, random)
    x = prepare(pixels, convention)
    both = keras.Model(model.input, [embedding_of(model), model.output])
    embeddings, probabilities = (part.numpy() for part in both(x, training=False))
    files = save(model, folder, only_whole)
    if not only_whole:
        save_onnx(model, os.path.join(folder, "tf2onnx.onnx"))
    pixels.tofile(os.path.join(folder, "pixels.u8"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"size": size, "preprocess": convention, "images": IMAGES, "classes": CLASSES, **({"files": files} if only_whole else {}),
                   "embeddings": embeddings.ravel().tolist(), "probabilities": probabilities.ravel().tolist()}, file)
    print(name, "largest embedding", float(np.abs(embeddings).max()), "probabilities", probabilities[0].round(3).tolist(), flush=True)


def save(model, folder, only_whole):
    model.save(os.path.join(folder, "whole.h5"))
    model.save(os.path.join(folder, "whole.keras"))
    if only_whole:
        return ["whole.h5", "whole.keras"]
    model.save_weights(os.path.join(folder, "keras3.weights.h5"))
    with h5py.File(os.path.join(folder, "legacy-weights.h5"), "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    model.export(os.path.join(folder, "saved_model"), verbose=False)
    with open(os.path.join(folder, "topology.json"), "w") as file:
        file.write(model.to_json())
    return None


def save_onnx(model, path):
    """As users convert Keras models; left out, and said so, where tf2onnx is not installed."""
    try:
        import tf2onnx
    except ImportError:
        print("no", os.path.basename(path), "(pip install tf2onnx)", flush=True)
        return
    signature = (tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="pixels"),)
    tf2onnx.convert.from_keras(model, input_signature=signature, opset=15, output_path=path)


if __name__ == "__main__":
    only_whole = "--whole" in sys.argv
    for wanted in [given for given in sys.argv[2:] if given != "--whole"] or ARCHITECTURES:
        build(wanted, sys.argv[1], only_whole)
