"""LitServe and onnxruntime in fp32, batches of at most 8.

Settings: one worker process with a session on every core; batches are closed after 5 ms, so that a lone image does not wait; images are decoded
in the worker, as LitServe's guides do it, by two threads over the batch.
"""
import os
from concurrent.futures import ThreadPoolExecutor

import litserve as ls
import numpy as np

from classifier import Head, decode, onnxruntime_session


class Classifier(ls.LitAPI):
    def setup(self, device):
        self.session, self.head = onnxruntime_session(), Head()
        self.pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))

    def decode_request(self, request):
        return request["image"].file.read()

    def batch(self, inputs):
        return np.stack(list(self.pool.map(decode, inputs)))

    def predict(self, pixels):
        return self.session.run(None, {"pixels": pixels})[0]

    def unbatch(self, outputs):
        return list(outputs)

    def encode_response(self, embedding):
        return self.head.answer(embedding)


if __name__ == "__main__":
    server = ls.LitServer(Classifier(max_batch_size=8, batch_timeout=0.005, api_path="/classify"), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False, log_level="warning", access_log=False)
