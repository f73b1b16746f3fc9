"""Writes test/fixtures/models/saved-model: a TensorFlow SavedModel of a few kilobytes, and what TensorFlow computes with it.

usage: python scripts/make-saved-model-fixture.py      needs: pip install tensorflow-cpu==2.21.0

A convolution, a mean and a dense layer.
"""
import json
import os
import shutil

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import numpy as np
import tensorflow as tf

OUT = os.path.join(os.path.dirname(__file__), "..", "test", "fixtures", "models", "saved-model")
SIZE = 32
random = np.random.default_rng(1)
convolution = tf.constant(random.normal(0, 0.6, (3, 3, 3, 4)), tf.float32)
kernel = tf.constant(random.normal(0, 1.5, (4, 3)), tf.float32)
picture = tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, name="picture")


class Classifier(tf.Module):
    @tf.function(input_signature=[picture])
    def probabilities(self, picture):
        hidden = tf.nn.relu(tf.nn.conv2d(picture, convolution, 2, "SAME"))
        return tf.nn.softmax(tf.reduce_mean(hidden, [1, 2]) @ kernel)


# The same bytes that the test makes: a sum that wraps round.
pixels = (np.arange(2 * SIZE * SIZE * 3) * 37 % 251).astype(np.uint8).reshape(2, SIZE, SIZE, 3)
model = Classifier()
shutil.rmtree(OUT, ignore_errors=True)
tf.saved_model.save(model, OUT, {"serving_default": model.probabilities}, tf.saved_model.SaveOptions(save_debug_info=False))
for name in ("assets", "fingerprint.pb"):
    path = os.path.join(OUT, name)
    shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
with open(OUT + ".json", "w") as file:
    json.dump({"probabilities": model.probabilities(pixels.astype(np.float32) / 255).numpy().ravel().tolist()}, file)
