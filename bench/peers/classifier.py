"""What every Python peer shares: the preprocessing of the model, its last layer, and the answer.

The bench sets MODEL (the ONNX file that Taxon compiled, pixels uint8 [n, 299, 299, 3] to embeddings) and HEAD (its dense layer, labels and temperature as JSON).
"""
import io
import json
import os

import numpy as np
from PIL import Image

SIZE = 299


def decode(data):
    """The bytes of a JPEG to uint8 [299, 299, 3], stretched. In draft mode libjpeg shrinks by a power of two while it decodes, at most to the
    wanted size: a large image costs a fraction. The cubic kernel is antialiased, as Taxon's is."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (SIZE, SIZE))
    if image.mode != "RGB":
        image = image.convert("RGB")
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


class Head:
    """From an embedding to the five most probable classes."""

    def __init__(self):
        with open(os.environ["HEAD"]) as file:
            head = json.load(file)
        self.labels = head["labels"]
        self.temperature = head["temperature"]
        self.kernel = np.array(head["kernel"], np.float32).reshape(-1, len(self.labels))
        self.bias = np.array(head["bias"], np.float32)

    def answer(self, embedding):
        return self.answer_logits(embedding @ self.kernel + self.bias)

    def answer_logits(self, logits):
        powers = np.exp((logits - logits.max()) / self.temperature)
        probabilities = powers / powers.sum()
        best = np.argsort(-probabilities)[:5]
        return {"predictions": [{"label": self.labels[i], "probability": float(probabilities[i])} for i in best]}


def onnxruntime_session():
    """One session whose runs use every core. Threads do not spin between runs, or they would take the cores from decoding."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
