"""What Core ML files say of images: their layers one by one in NumPy, since Core ML itself runs on Apple's systems alone.

usage: python coreml.py FOLDER MODEL.mlmodel...      needs: pip install coremltools pillow

FOLDER holds images of the models' size as lossless PNGs. The files are read by coremltools with Apple's own schema: fields that it
does not know, an output without probabilities or a shape other than the one that a layer announces end the run. Prints as JSON:
{model: {"labels": [...], "probabilities": [[...] for each image, by name], "halves": the same with the result of every layer rounded to
float16, as Apple's GPUs and Neural Engine compute, "layers": {kind: count}}}.
"""
import collections
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import coremltools
import numpy as np
from google.protobuf import unknown_fields
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image


def refuse_unknown(message, where="model"):
    """Ends the run where the file has a field that is not Apple's."""
    if len(unknown_fields.UnknownFieldSet(message)):
        raise SystemExit(f"{where}: a field that Apple's schema does not have")
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE or (field.message_type and field.message_type.GetOptions().map_entry):
            continue
        for one in value if field.is_repeated else [value]:
            refuse_unknown(one, f"{where}.{field.name}")


def numbers(weights, shape):
    if weights.float16Value:
        values = np.frombuffer(weights.float16Value, np.float16).astype(np.float32)
    else:
        values = np.asarray(weights.floatValue, np.float32)
    return values.reshape(shape)


def borders(padding):
    amounts = padding.paddingAmounts.borderAmounts
    return [(side.startEdgeSize, side.endEdgeSize) for side in amounts] or [(0, 0), (0, 0)]


def windows(x, kernel, stride, dilation=(1, 1)):
    """[N, C, H, W] → [N, C, rows, columns, kernel rows, kernel columns]."""
    reach = [(size - 1) * step + 1 for size, step in zip(kernel, dilation)]
    seen = sliding_window_view(x, reach, axis=(2, 3))
    return seen[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def convolution(p, x):
    kernel = tuple(p.kernelSize)
    weights = numbers(p.weights, (p.outputChannels, p.kernelChannels, *kernel))
    padded = np.pad(x, [(0, 0), (0, 0), *borders(p.valid)])
    seen = windows(padded, kernel, tuple(p.stride), tuple(p.dilationFactor))
    groups = max(1, p.nGroups)
    if p.kernelChannels == 1 and groups == x.shape[1] == p.outputChannels:
        y = np.einsum("ncyxab,cab->ncyx", seen, weights[:, 0])
    else:
        parts = [
            np.tensordot(part, filters, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
            for part, filters in zip(np.split(seen, groups, 1), np.split(weights, groups))
        ]
        y = np.concatenate(parts, 1)
    return y + numbers(p.bias, (1, -1, 1, 1)) if p.hasBias else y


def pooling(p, x):
    if p.globalPooling:
        return x.max((2, 3), keepdims=True) if p.type == p.MAX else x.mean((2, 3), keepdims=True)
    sides = [(0, 0), (0, 0), *borders(p.valid)]
    kernel, stride = tuple(p.kernelSize), tuple(p.stride)
    if p.type == p.MAX:
        return windows(np.pad(x, sides, constant_values=-np.inf), kernel, stride).max((4, 5))
    total = windows(np.pad(x, sides), kernel, stride).sum((4, 5))
    if not p.avgPoolExcludePadding:
        return total / np.prod(kernel)
    return total / windows(np.pad(np.ones_like(x[:, :1]), sides), kernel, stride).sum((4, 5))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def activation(p, x):
    kind = p.WhichOneof("NonlinearityType")
    q = getattr(p, kind)
    return {
        "linear": lambda: q.alpha * x + q.beta,
        "ReLU": lambda: np.maximum(x, 0),
        "leakyReLU": lambda: np.where(x >= 0, x, q.alpha * x),
        "tanh": lambda: np.tanh(x),
        "sigmoid": lambda: sigmoid(x),
        "sigmoidHard": lambda: np.clip(q.alpha * x + q.beta, 0, 1),
        "ELU": lambda: np.where(x >= 0, x, q.alpha * np.expm1(np.minimum(x, 0))),
        "softsign": lambda: x / (1 + np.abs(x)),
        "softplus": lambda: np.logaddexp(0, x),
    }[kind]().astype(np.float32)


def inner_product(p, x):
    y = x @ numbers(p.weights, (p.outputChannels, p.inputChannels)).T
    return y + numbers(p.bias, (-1,)) if p.hasBias else y


def batched_matmul(p, *inputs):
    if len(inputs) == 2:
        a, b = inputs
        return (np.swapaxes(a, -1, -2) if p.transposeA else a) @ (np.swapaxes(b, -1, -2) if p.transposeB else b)
    # Column by column.
    return inputs[0] @ numbers(p.weights, (p.weightMatrixSecondDimension, p.weightMatrixFirstDimension)).T


def unary(p, x):
    shifted = p.scale * x + p.shift
    return {
        p.SQRT: lambda: np.sqrt(shifted),
        p.INVERSE: lambda: 1 / (shifted + p.epsilon),
        p.EXP: lambda: np.exp(shifted),
        p.LOG: lambda: np.log(shifted + p.epsilon),
        p.ABS: lambda: np.abs(shifted),
    }[p.type]()


def by_channel(weights, shape, x):
    values = numbers(weights, tuple(shape))
    return values if values.size == 1 else values.reshape(1, -1, 1, 1)


def erf(x):
    from math import erf as exact

    return np.vectorize(exact)(x).astype(np.float32)


def gelu(p, x):
    if p.mode == p.TANH_APPROXIMATION:
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def layer_norm(p, x):
    shape = tuple(p.normalizedShape)
    axes = tuple(range(-len(shape), 0))
    centred = x - x.mean(axes, keepdims=True)
    normal = centred / np.sqrt((centred**2).mean(axes, keepdims=True) + p.eps)
    return normal * numbers(p.gamma, shape) + numbers(p.beta, shape)


def softmax(p, x):
    e = np.exp(x - x.max(p.axis, keepdims=True))
    return e / e.sum(p.axis, keepdims=True)


def slice_static(p, x):
    ends = [None if mask else end for end, mask in zip(p.endIds, p.endMasks)]
    begins = [None if mask else begin for begin, mask in zip(p.beginIds, p.beginMasks)]
    return x[tuple(slice(*place) for place in zip(begins, ends, p.strides))]


layers = {
    "convolution": convolution,
    "pooling": pooling,
    "activation": activation,
    "innerProduct": inner_product,
    "batchedMatmul": batched_matmul,
    "padding": lambda p, x: np.pad(x, [(0, 0)] * (x.ndim - 2) + borders(p), constant_values=p.constant.value),
    "unary": unary,
    "scale": lambda p, x: x * by_channel(p.scale, p.shapeScale, x),
    "bias": lambda p, x: x + by_channel(p.bias, p.shape, x),
    "clip": lambda p, x: np.clip(x, p.minVal, p.maxVal),
    "erf": lambda p, x: erf(x),
    "gelu": gelu,
    "minBroadcastable": lambda p, a, b: np.minimum(a, b),
    "maxBroadcastable": lambda p, a, b: np.maximum(a, b),
    "addBroadcastable": lambda p, a, b: a + b,
    "subtractBroadcastable": lambda p, a, b: a - b,
    "multiplyBroadcastable": lambda p, a, b: a * b,
    "divideBroadcastable": lambda p, a, b: a / b,
    "powBroadcastable": lambda p, a, b: np.power(a, b),
    "softmaxND": softmax,
    "splitND": lambda p, x: np.split(x, np.cumsum(p.splitSizes)[:-1], p.axis),
    "concatND": lambda p, *inputs: np.concatenate(inputs, p.axis),
    "transpose": lambda p, x: x.transpose(*p.axes),
    "sliceStatic": slice_static,
    "loadConstantND": lambda p: numbers(p.data, tuple(p.shape)),
    "reshapeStatic": lambda p, x: x.reshape(tuple(p.targetShape)),
    "reduceMean": lambda p, x: x.mean(tuple(p.axes), keepdims=p.keepDims),
    "layerNormalization": layer_norm,
}


def run(network, image, halves):
    """The probabilities of one image, [1, 3, height, width] with values from 0 to 255 in the model's order of channels."""
    rounded = (lambda x: np.asarray(x).astype(np.float16).astype(np.float32)) if halves else (lambda x: np.asarray(x, np.float32))
    last_use = {name: i for i, layer in enumerate(network.layers) for name in layer.input}
    values = {"image": image}
    for i, layer in enumerate(network.layers):
        kind = layer.WhichOneof("layer")
        given = layers[kind](getattr(layer, kind), *(values[name] for name in layer.input))
        for name, announced, value in zip(layer.output, layer.outputTensor, given if isinstance(given, list) else [given]):
            if list(np.shape(value)) != list(announced.dimValue) or np.ndim(value) != announced.rank:
                raise SystemExit(f"{layer.name}: {np.shape(value)}, but it announces {list(announced.dimValue)}")
            values[name] = rounded(value)
        for name in layer.input:
            if last_use[name] == i:
                values.pop(name, None)
    return values[network.labelProbabilityLayerName].reshape(-1)


def evaluate(path, images):
    model = coremltools.models.MLModel(path, skip_model_load=True)
    spec = coremltools.utils.load_spec(path)
    refuse_unknown(spec)
    assert model.get_spec() == spec
    assert spec.WhichOneof("Type") == "neuralNetworkClassifier", spec.WhichOneof("Type")
    network, description = spec.neuralNetworkClassifier, spec.description
    (image_input,) = description.input
    assert image_input.name == "image" and image_input.type.WhichOneof("Type") == "imageType"
    outputs = {output.name: output.type.WhichOneof("Type") for output in description.output}
    assert outputs == {"classLabel": "stringType", "classLabelProbs": "dictionaryType"}, outputs
    assert (description.predictedFeatureName, description.predictedProbabilitiesName) == ("classLabel", "classLabelProbs")
    size, space = image_input.type.imageType, image_input.type.imageType.ColorSpace
    labels = list(network.stringClassLabels.vector)
    found = {"exact": [], "halves": []}
    for pixels in images:
        assert pixels.shape[:2] == (size.height, size.width), (pixels.shape, size)
        ordered = pixels[:, :, ::-1] if size.colorSpace == space.Value("BGR") else pixels
        planes = ordered.transpose(2, 0, 1)[None].astype(np.float32)
        for name in found:
            probabilities = run(network, planes, name == "halves")
            assert probabilities.shape == (len(labels),)
            found[name].append(probabilities.tolist())
    kinds = collections.Counter(layer.WhichOneof("layer") for layer in network.layers)
    return {"labels": labels, "probabilities": found["exact"], "halves": found["halves"], "layers": dict(kinds)}


if __name__ == "__main__":
    folder, *models = sys.argv[1:]
    names = sorted((name for name in os.listdir(folder) if name.endswith(".png")), key=lambda name: int(name[:-4]))
    images = [np.asarray(Image.open(os.path.join(folder, name)).convert("RGB")) for name in names]
    json.dump({path: evaluate(path, images) for path in models}, sys.stdout)
