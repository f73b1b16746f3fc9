"""FastAPI and OpenVINO, in the precision that PRECISION names: fp32, bf16, or int8 (a graph quantized by NNCF, see nncf_quantize.py).

Settings: as many threads as cores and, with STREAMS=1, each image computed on all of them, which answers a lone request sooner; with more streams
each image has fewer cores, and several are computed at once, which is OpenVINO's advice for many requests.
"""
import os
import threading

import openvino as ov

from classifier import Head, decode
from fastapi_app import serve

cores = len(os.sched_getaffinity(0))
streams = int(os.environ.get("STREAMS", 1))
precision = os.environ["PRECISION"]
core = ov.Core()
compiled = core.compile_model(
    core.read_model(os.environ["MODEL_INT8"] if precision == "int8" else os.environ["MODEL"]),
    "CPU",
    {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": cores,
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
    },
)
head = Head()
own = threading.local()


def classify(data):
    if not hasattr(own, "request"):
        own.request = compiled.create_infer_request()
    pixels = decode(data)[None]
    return head.answer(own.request.infer({0: pixels}, share_inputs=True, share_outputs=True)[0][0])


serve(classify, threads=cores + 1)
