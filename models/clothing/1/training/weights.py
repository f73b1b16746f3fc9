"""The exchange format of the weights: weights.f16.bin (float16, concatenated) and weights.json (name, shape, byte offset), with Keras' names."""
import json, math, os
import numpy as np
import torch
from nets import InceptionV3


def tensors(model):
    for i, c in enumerate(model.c, 1):
        yield f'conv2d_{i}/kernel', c.conv.weight, (2, 3, 1, 0)   # OIHW to HWIO
        yield f'batch_normalization_{i}/beta', c.bn.bias, (0,)
        yield f'batch_normalization_{i}/moving_mean', c.bn.running_mean, (0,)
        yield f'batch_normalization_{i}/moving_variance', c.bn.running_var, (0,)


def write(model, folder):
    os.makedirs(folder, exist_ok=True)
    listing, offset, path = [], 0, os.path.join(folder, 'weights.f16.bin')
    with open(path + '.tmp', 'wb') as f:
        for name, tensor, order in tensors(model):
            values = tensor.detach().float().permute(order).numpy().astype('<f2')
            assert np.isfinite(values).all(), name
            f.write(np.ascontiguousarray(values).tobytes())
            listing.append({'name': name, 'shape': list(values.shape), 'offset': offset})
            offset += values.nbytes
    with open(os.path.join(folder, 'weights.json'), 'w') as f:
        json.dump(listing, f)
    os.replace(path + '.tmp', path)


def stored(folder):
    """Name to float32 array, of a folder written by `write` or of a bundled model (model.json and its shards)."""
    listing = os.path.join(folder, 'weights.json')
    if os.path.exists(listing):
        raw = open(os.path.join(folder, 'weights.f16.bin'), 'rb').read()
        for e in json.load(open(listing)):
            yield e['name'], np.frombuffer(raw, '<f2', math.prod(e['shape']), e['offset']).reshape(e['shape']).astype(np.float32)
        return
    for group in json.load(open(os.path.join(folder, 'model.json')))['weightsManifest']:
        raw, offset = b''.join(open(os.path.join(folder, p), 'rb').read() for p in group['paths']), 0
        for e in group['weights']:
            quantised = e.get('quantization')
            kind = np.dtype(quantised['dtype'] if quantised else e['dtype']).newbyteorder('<')
            values = np.frombuffer(raw, kind, math.prod(e['shape']), offset).reshape(e['shape']).astype(np.float32)
            offset += math.prod(e['shape']) * kind.itemsize
            yield e['name'], values * quantised['scale'] + quantised['min'] if quantised else values


@torch.no_grad()
def read(folder):
    values, model = dict(stored(folder)), InceptionV3()
    for name, tensor, order in tensors(model):
        tensor.copy_(torch.from_numpy(values[name].astype(np.float32)).permute(tuple(np.argsort(order))))
    return model
