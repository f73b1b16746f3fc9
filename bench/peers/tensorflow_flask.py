"""TensorFlow behind Flask and gunicorn, the shape of the usual tutorial: gunicorn -k gthread --threads 3 tensorflow_flask:app

The model is what `taxon export --format keras` writes of the same version. Settings beyond the tutorials: the network is called through
tf.function, not through model.predict, which costs tens of milliseconds a call; oneDNN is on; one process, since each holds the model.
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from flask import Flask, jsonify, request  # noqa: E402

from classifier import Head, decode  # noqa: E402

model = keras.saving.load_model(os.environ["KERAS_MODEL"], compile=False)
head = Head()
app = Flask(__name__)


@tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3], tf.uint8)])
def predict(pixels):
    return model(tf.cast(pixels, tf.float32) / 127.5 - 1.0, training=False)


@app.post("/classify")
def classify():
    probabilities = predict(decode(request.files["image"].read())[None]).numpy()[0]
    # The exported file has the temperature in its last layer.
    return jsonify(head.answer_logits(np.log(np.maximum(probabilities, 1e-30)) * head.temperature))
