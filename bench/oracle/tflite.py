"""What TensorFlow Lite's interpreter computes with .tflite files.

usage: python tflite.py PIXELS HEIGHT WIDTH MODEL...      needs: pip install ai-edge-litert==2.3.0

PIXELS holds images as bytes, RGB, one behind the other. Prints as JSON, for each model, its probabilities for each image, its labels
as they are read from the zip behind it, the operators in it and the processor seconds of an image on one thread. Where
tflite-support is installed, TensorFlow Lite's Task Library reads each file and classifies the first image too; where mediapipe is,
MediaPipe does.
"""
import json
import sys
import time
import zipfile
from collections import Counter

import numpy as np


def create_interpreter(path):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def run(path, pixels):
    interpreter = create_interpreter(path)
    [image], [output] = interpreter.get_input_details(), interpreter.get_output_details()
    probabilities, began = [], time.process_time()
    for one in pixels:
        interpreter.set_tensor(image["index"], one[None].astype(image["dtype"]))
        interpreter.invoke()
        probabilities.append(interpreter.get_tensor(output["index"])[0].tolist())
    seconds = (time.process_time() - began) / len(pixels)
    operators = Counter(operator["op_name"] for operator in interpreter._get_ops_details())
    operators.pop("DELEGATE", None)
    return {"probabilities": probabilities, "seconds": seconds, "operators": operators, "labels": read_labels(path)}


def read_labels(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("labels.txt").decode().splitlines()


def classify_with_task_library(path, image):
    """The most probable class with its probability; None where the library is not there."""
    try:
        from tflite_support.task import core, processor, vision
    except ImportError:
        return None
    options = vision.ImageClassifierOptions(
        core.BaseOptions(file_name=path), processor.ClassificationOptions(max_results=1)
    )
    classifier = vision.ImageClassifier.create_from_options(options)
    [best] = classifier.classify(vision.TensorImage.create_from_array(image)).classifications[0].categories
    return [best.category_name, best.score]


def classify_with_mediapipe(path, image):
    """As above."""
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError:
        return None
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=path), max_results=1)
    with vision.ImageClassifier.create_from_options(options) as classifier:
        asked = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=image)
        [best] = classifier.classify(asked).classifications[0].categories
    return [best.category_name, best.score]


if __name__ == "__main__":
    file, height, width, *models = sys.argv[1:]
    pixels = np.fromfile(file, np.uint8).reshape(-1, int(height), int(width), 3)
    found = {}
    for path in models:
        found[path] = {
            **run(path, pixels),
            "taskLibrary": classify_with_task_library(path, pixels[0]),
            "mediapipe": classify_with_mediapipe(path, pixels[0]),
        }
    json.dump(found, sys.stdout)
