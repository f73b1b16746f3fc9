"""Writes test/fixtures/quantization/expected.json: what NNCF makes of the weights and activations of a tiny network with random weights, and
Kullback-Leibler divergences as SciPy computes them.

usage: python bench/oracle/quantization.py      needs: pip install nncf==3.4.0 openvino==2026.4.1 scipy==1.17.1
"""
import json
from pathlib import Path

import nncf
import numpy as np
import openvino as ov
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix
from nncf.quantization.range_estimator import RangeEstimatorParametersSet
from openvino import opset13 as ops
from scipy.stats import entropy

IMAGES, SIDE = 24, 6
LEVELS = 16
random = np.random.default_rng(17)


def network():
    """Convolution, rectifier, convolution, rectifier, mean, fully connected: [1, 3, 6, 6] → [1, 5]."""
    weights = {
        "first": random.normal(0, 0.4, (6, 3, 3, 3)),
        "second": random.normal(0, 0.2, (4, 6, 1, 1)) * random.uniform(0.1, 4, (4, 1, 1, 1)),
        "dense": random.normal(0, 0.5, (5, 4)) * random.uniform(0.1, 3, (5, 1)),
    }
    weights = {name: values.astype(np.float32) for name, values in weights.items()}
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    value = image
    for name in ("first", "second"):
        value = ops.convolution(value, weights[name], [1, 1], [0, 0], [0, 0], [1, 1], name=name)
        value = ops.relu(value, name=f"{name}/relu")
    value = ops.squeeze(ops.reduce_mean(value, np.array([2, 3]), keep_dims=True), np.array([2, 3]))
    return ov.Model([ops.matmul(value, weights["dense"], False, True, name="dense")], [image], "tiny"), weights


def quantize(model, images):
    """Ranges of activations from the smallest to the largest value, as our `largest`; all 8 bits of the first weights, as processors with VNNI can."""
    parameters = AdvancedQuantizationParameters(
        activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX,
        disable_bias_correction=True,
        overflow_fix=OverflowFix.DISABLE,
    )
    return nncf.quantize(
        model,
        nncf.Dataset(list(images)),
        subset_size=len(images),
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=True,
        advanced_parameters=parameters,
    )


def constant(node):
    return node.get_data() if node.get_type_name() == "Constant" else None


def quantized_weights(node):
    """int8 constant → Convert → (Subtract →) Multiply with the scales, before the layer: values and scales by output channel."""
    scale = None
    while node.get_type_name() != "Constant":
        if node.get_type_name() == "Multiply":
            scale = node.input_value(1).get_node()
            while scale.get_type_name() != "Constant":
                scale = scale.input_value(0).get_node()
        if node.get_type_name() == "Subtract":
            zero = node.input_value(1).get_node()
            while zero.get_type_name() != "Constant":
                zero = zero.input_value(0).get_node()
            assert not np.any(zero.get_data()), "weights are to be symmetric"
        node = node.input_value(0).get_node()
    return {"values": node.get_data().astype(int).ravel().tolist(), "scales": scale.get_data().ravel().astype(float).tolist()}


def divergences():
    """Of counts cut to bins [first, end) and rounded to LEVELS, by the book: only the bins outside are added to the outermost ones."""
    counts = np.floor(random.exponential(40, 96) * np.exp(-np.arange(96) / 18)).astype(int)
    counts[90] = 3
    cases = []
    for first, end in ((0, 96), (0, 64), (0, 32), (8, 40)):
        inside = counts[first:end].astype(float)
        clipped = inside.copy()
        clipped[0] += counts[:first].sum()
        clipped[-1] += counts[end:].sum()
        level = np.arange(len(inside)) * LEVELS // len(inside)
        rounded = np.zeros(len(inside))
        for one in range(LEVELS):
            filled = (level == one) & (inside > 0)
            rounded[filled] = inside[filled].sum() / filled.sum() if filled.any() else 0
        rounded /= rounded.sum()
        used = clipped > 0
        p = clipped[used] / clipped.sum()
        q = np.where(rounded[used] > 0, rounded[used], 1e-4)
        # SciPy scales q to a sum of 1; the divergence is of q as it is.
        cases.append({"first": first, "end": end, "divergence": float(entropy(p, q) - np.log(q.sum()))})
    return {"counts": counts.tolist(), "levels": LEVELS, "cases": cases}


model, weights = network()
images = random.normal(0.2, 1, (IMAGES, 1, 3, SIDE, SIDE)).astype(np.float32)
outputs = ov.Model([op.output(0) for op in model.get_ops() if op.get_type_name() == "Relu"], model.get_parameters(), "values")
compiled = ov.Core().compile_model(outputs, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
values = [compiled(image) for image in images]
names = [op.get_friendly_name() for op in model.get_ops() if op.get_type_name() == "Relu"]

quantized = quantize(model, images)
layers, activations = {}, {}
for op in quantized.get_ordered_ops():
    if op.get_type_name() in ("Convolution", "MatMul"):
        name = op.get_friendly_name()
        layers[name] = {"weights": weights[name].ravel().astype(float).tolist(), **quantized_weights(op.input_value(1).get_node())}
    if op.get_type_name() == "FakeQuantize":
        low, high = (float(op.input_value(i).get_node().get_data().ravel()[0]) for i in (1, 2))
        source = op.input_value(0).get_node().get_friendly_name()
        if source in names:
            seen = np.concatenate([value[names.index(source)].ravel() for value in values])
            activations[source] = {"low": low, "high": high, "levels": op.get_levels(), "values": seen.astype(float).round(6).tolist()}
file = Path(__file__).parents[2] / "test/fixtures/quantization/expected.json"
file.write_text(json.dumps({"nncf": nncf.__version__, "layers": layers, "activations": activations, "divergences": divergences()}) + "\n")
print({name: len(one["values"]) for name, one in layers.items()}, {name: (one["low"], one["high"], one["levels"], len(one["values"])) for name, one in activations.items()})
