"""PyTorch on the same weights as a version of ours: time by batch size, to set beside `node dist/bench/engines.js` on the same card.

python3 bench/pytorch.py models/<name>/<version> [--device cuda] [--batches 1,8,32] [--types float32,float16,bfloat16] [--no-compile]

Reads the tfjs layers model itself (model.json and its shards). Tensors are channels_last, each batch-norm a scale and a shift for the compiler to fuse.
"""
import argparse
import copy
import json
import pathlib
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F


def read_weights(directory, manifest):
    weights = {}
    for group in manifest:
        data = b"".join((directory / path).read_bytes() for path in group["paths"])
        offset = 0
        for spec in group["weights"]:
            quantised = spec.get("quantization")
            stored = np.dtype(quantised["dtype"] if quantised else spec["dtype"])
            count = int(np.prod(spec["shape"]))
            values = np.frombuffer(data, stored, count, offset).astype(np.float32)
            offset += count * stored.itemsize
            if quantised and "scale" in quantised:
                values = values * quantised["scale"] + quantised["min"]
            weights[spec["name"]] = torch.from_numpy(values.reshape(spec["shape"]).copy())
    return weights


def same_padding(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Network(torch.nn.Module):
    """The layers that Inception-V3 is made of, in order, each reading the outputs of earlier ones."""

    def __init__(self, layers, weights, scale, offset):
        super().__init__()
        self.layers = layers
        self.tensors = torch.nn.ParameterDict()
        self.register_buffer("scale", torch.tensor(scale).view(1, 3, 1, 1))
        self.register_buffer("offset", torch.tensor(offset).view(1, 3, 1, 1))
        for layer in layers:
            prepare = {"Conv2D": self.add_convolution, "BatchNormalization": self.add_norm, "Dense": self.add_dense}
            if layer["class_name"] in prepare:
                prepare[layer["class_name"]](layer["name"], layer["config"], weights)

    def add(self, name, tensor):
        self.tensors[name.replace("/", "_")] = torch.nn.Parameter(tensor, requires_grad=False)

    def add_convolution(self, name, config, weights):
        self.add(f"{name}_kernel", weights[f"{name}/kernel"].permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last))
        if config.get("use_bias", True):
            self.add(f"{name}_bias", weights[f"{name}/bias"])

    def add_norm(self, name, config, weights):
        gamma = weights.get(f"{name}/gamma", torch.ones_like(weights[f"{name}/moving_mean"]))
        scale = gamma / torch.sqrt(weights[f"{name}/moving_variance"] + config.get("epsilon", 1e-3))
        self.add(f"{name}_scale", scale.view(1, -1, 1, 1))
        self.add(f"{name}_shift", (weights[f"{name}/beta"] - weights[f"{name}/moving_mean"] * scale).view(1, -1, 1, 1))

    def add_dense(self, name, config, weights):
        self.add(f"{name}_kernel", weights[f"{name}/kernel"].T.contiguous())
        self.add(f"{name}_bias", weights[f"{name}/bias"])

    def forward(self, pixels):
        kind = self.scale.dtype
        outputs = {}
        for layer in self.layers:
            inputs = [outputs[call[0]] for call in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
            if layer["class_name"] == "InputLayer":
                outputs[layer["name"]] = (pixels.to(kind) * self.scale + self.offset).contiguous(memory_format=torch.channels_last)
            else:
                outputs[layer["name"]] = self.apply_layer(layer["class_name"], layer["name"], layer["config"], inputs)
        return outputs[self.layers[-1]["name"]]

    def apply_layer(self, kind, name, config, inputs):
        x = inputs[0]
        if kind == "Conv2D":
            x, padding = self.pad(x, config["kernel_size"], config.get("strides", [1, 1]), config.get("padding", "valid"))
            bias = self.tensors[f"{name}_bias"] if config.get("use_bias", True) else None
            x = F.conv2d(x, self.tensors[f"{name}_kernel"], bias, config.get("strides", [1, 1]), padding)
            return F.relu(x) if config.get("activation") == "relu" else x
        if kind == "BatchNormalization":
            return x * self.tensors[f"{name}_scale"] + self.tensors[f"{name}_shift"]
        if kind == "Activation":
            return F.relu(x) if config["activation"] == "relu" else F.softmax(x, -1)
        if kind == "MaxPooling2D":
            return F.max_pool2d(x, config["pool_size"], config["strides"])
        if kind == "AveragePooling2D":
            return F.avg_pool2d(x, config["pool_size"], config["strides"], [k // 2 for k in config["pool_size"]], count_include_pad=False)
        if kind == "Concatenate":
            return torch.cat(inputs, 1)
        if kind == "GlobalAveragePooling2D":
            return x.mean((2, 3))
        if kind == "Dense":
            x = F.linear(x, self.tensors[f"{name}_kernel"], self.tensors[f"{name}_bias"])
            return F.softmax(x, -1) if config.get("activation") == "softmax" else x
        raise ValueError(f"layer {name} is of class {kind}, which this bench does not know")

    @staticmethod
    def pad(x, kernel, strides, padding):
        if padding == "valid":
            return x, 0
        (top, bottom), (left, right) = (same_padding(x.shape[2 + i], kernel[i], strides[i]) for i in (0, 1))
        if top == bottom and left == right:
            return x, (top, left)
        return F.pad(x, (left, right, top, bottom)), 0


def load_network(directory):
    model = json.loads((directory / "model.json").read_text())
    preprocessing = json.loads((directory / "manifest.json").read_text())["preprocessing"]
    topology = model["modelTopology"].get("model_config", model["modelTopology"])
    weights = read_weights(directory, model["weightsManifest"])
    network = Network(topology["config"]["layers"], weights, preprocessing["scale"], preprocessing["offset"])
    return network.eval(), (3, preprocessing["height"], preprocessing["width"])


def milliseconds(run, device, rounds):
    times = []
    for round_number in range(-3, rounds):
        started = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        if round_number >= 0:
            times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("version", type=pathlib.Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batches", default="1,8,32")
    parser.add_argument("--types", default="float32,float16,bfloat16")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    card = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    print(f"PyTorch {torch.__version__} on {card}, {'eager' if options.no_compile else 'torch.compile'}, channels_last")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    network, shape = load_network(options.version)
    for name in options.types.split(","):
        typed = copy.deepcopy(network).to(options.device, getattr(torch, name))
        run = typed if options.no_compile else torch.compile(typed)
        for size in map(int, options.batches.split(",")):
            # From bytes in host memory to values in host memory, as the server has it.
            pixels = torch.randint(0, 256, (size, *shape), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
            with torch.inference_mode():
                ms = milliseconds(lambda: run(pixels.to(options.device)).float().cpu(), options.device, options.rounds)
            print(f"  {name} batch {size}: {ms:.2f} ms, {ms / size:.2f} ms an image, {1000 * size / ms:.1f} images/s", flush=True)


if __name__ == "__main__":
    main()
