"""BentoML and onnxruntime in fp32: python -m bentoml serve bentoml_onnxruntime:Classifier

Settings: one worker with a session on every core. Its batching is for clients that send lists, so that requests run one by one, each in a thread
of the worker's pool; a batch would gain this model 3 % on a CPU.
"""
import os
from pathlib import Path

import bentoml

from classifier import Head, decode, onnxruntime_session


@bentoml.service(workers=1, threads=len(os.sched_getaffinity(0)) + 1, traffic={"timeout": 60}, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Classifier:
    def __init__(self):
        self.session, self.head = onnxruntime_session(), Head()

    @bentoml.api(route="/classify")
    def classify(self, image: Path) -> dict:
        return self.head.answer(self.session.run(None, {"pixels": decode(image.read_bytes())[None]})[0][0])
