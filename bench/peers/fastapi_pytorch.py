"""FastAPI and PyTorch in fp32, on the weights of the model itself, read from its tfjs files by bench/pytorch.py.

Settings: frozen (inference mode, no gradients), channels_last, torch.compile; a run uses every core.
"""
import os
import pathlib
import sys

import torch

from classifier import Head, decode
from fastapi_app import serve

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from pytorch import load_network  # noqa: E402

cores = len(os.sched_getaffinity(0))
torch.set_num_threads(cores)
network, _ = load_network(pathlib.Path(os.environ["VERSION"]))
network = torch.compile(network.to(memory_format=torch.channels_last))
head = Head()


def classify(data):
    with torch.inference_mode():
        pixels = torch.from_numpy(decode(data).copy())[None].permute(0, 3, 1, 2)
        # The network ends in a softmax; the temperature is applied to what went in.
        return head.answer_logits(network(pixels)[0].log().numpy())


serve(classify, threads=1)
