"""State dicts of torchvision's networks with random weights, as checkpoints and safetensors, and what PyTorch computes with them.

usage: python make_state_dicts.py OUT NETWORK...      needs: pip install torch torchvision safetensors

Writes OUT/NETWORK/weights.pt and weights.safetensors with batch-norm statistics far from the identity, pixels.u8 (images of uint8
[side, side, 3]) and expected.json for bench/parity.js: the side, the convention of the pixels, and the probabilities, from ImageNet's mean and deviation.
"""
import json
import os
import sys

import numpy as np
import torch
import torchvision
from safetensors.torch import save_file

images, classes = 2, 10


def build(name):
    torch.manual_seed(7)
    options = {"aux_logits": True, "init_weights": True} if name == "inception_v3" else {}
    network = getattr(torchvision.models, name)(weights=None, num_classes=classes, **options)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
    return network.eval()


def standardised(pixels):
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    return torch.from_numpy(((pixels / np.float32(255) - mean) / deviation).transpose(0, 3, 1, 2).copy())


def embeddings(network, inputs):
    """What the first fully connected layer takes, and the scores."""
    taken = []
    layers = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    handles = [layer.register_forward_hook(lambda _, given, __: taken.append(given[0])) for layer in layers]
    scores = network(inputs)
    for handle in handles:
        handle.remove()
    return taken[0], scores


for name in sys.argv[2:]:
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    network = build(name)
    side = 299 if name == "inception_v3" else 224
    pixels = np.random.default_rng(3).integers(0, 256, (images, side, side, 3), np.uint8)
    pixels.tofile(os.path.join(folder, "pixels.u8"))
    with torch.no_grad():
        embedding, scores = embeddings(network, standardised(pixels))
        # Scores of random weights are as good as one class alone.
        last = [module for module in network.modules() if isinstance(module, torch.nn.Linear)][-1]
        factor = 3 / scores.abs().max()
        last.weight.mul_(factor)
        last.bias.mul_(factor)
        probabilities = torch.softmax(network(standardised(pixels)), 1)
    state = network.state_dict()
    torch.save({"epoch": 3, "state_dict": state}, os.path.join(folder, "weights.pt"))
    save_file({key: value.contiguous() for key, value in state.items()}, os.path.join(folder, "weights.safetensors"))
    expected = {
        "files": ["weights.pt", "weights.safetensors"],
        "size": side,
        "preprocess": "torch",
        "images": images,
        "classes": classes,
        "embeddings": embedding.flatten().tolist(),
        "probabilities": probabilities.flatten().tolist(),
    }
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)
