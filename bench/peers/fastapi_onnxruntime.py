"""FastAPI and onnxruntime in fp32.

Settings: one session with a thread a core, and a thread more than cores in the pool: one image is decoded while others are computed.
onnxruntime releases the interpreter's lock, and so does Pillow while it decodes and resizes.
"""
import os

from classifier import Head, decode, onnxruntime_session
from fastapi_app import serve

session, head = onnxruntime_session(), Head()


def classify(data):
    return head.answer(session.run(None, {"pixels": decode(data)[None]})[0][0])


serve(classify, threads=len(os.sched_getaffinity(0)) + 1)
