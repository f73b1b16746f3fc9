"""Builds small models in the shapes in which other programs hand them out, and writes down what those programs compute with them.

usage: python make_imports.py OUT [case ...]      needs: pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf-keras==2.21.0 onnx onnxruntime

OUT/<case>/ gets the model's files, pixels.u8 (2 images) and expected.json: files, size, preprocess, probabilities. Weights are random, and
the networks a few layers deep: what differs between exporters is how they write them. bench/parity.ts compares.
"""
import json
import os
import sys
import zipfile

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import layers

from make_models import images, prepare

IMAGES = 2
SIDE = 40
CLASSES = 4


def spread(model, random, gain=4):
    """Weights of every kind away from what they begin with, so that none passes for the identity. `gain`: such that logits have a few units."""
    for variable in model.weights:
        name = (variable.path if hasattr(variable, "path") else variable.name).lower()
        value = variable.numpy()
        if "kernel" not in name and "seed" not in name:
            low, high = (0.4, 1.2) if "variance" in name or "gamma" in name or "layer_scale" in name else (-0.3, 0.3)
            variable.assign(random.uniform(low, high, value.shape).astype(value.dtype))
    last = [variable for variable in model.weights if "kernel" in variable.name][-1]
    last.assign(last.numpy() * gain)


def softmax(scores):
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def features(kit, x, filters=8):
    x = kit.Conv2D(filters, 3, strides=2, activation="relu")(x)
    return kit.Conv2D(filters * 2, 3, strides=2, padding="same")(x)


def pooled(kit, x):
    return kit.Dense(CLASSES, activation="softmax")(kit.GlobalAveragePooling2D()(x))


# Keras 3: each gives a model and the convention of its pixels


def flowers():
    """The TensorFlow tutorial on image classification: augmentation and rescaling inside, no global pooling, logits."""
    augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)])
    return keras.Sequential([
        keras.Input((SIDE, SIDE, 3)), augmentation, layers.Rescaling(1 / 255),
        layers.Conv2D(8, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Dropout(0.2), layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(CLASSES, name="outputs"),
    ]), "raw"


def whole_average():
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Flatten()(layers.AveragePooling2D(SIDE // 4)(features(layers, inputs)))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x)), "unit"


def conv_head():
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.GlobalAveragePooling2D(keepdims=True)(features(layers, inputs))
    x = layers.Conv2D(12, 1, activation="hard_silu")(x)
    x = layers.Conv2D(CLASSES, 1)(layers.Dropout(0.1)(x))
    return keras.Model(inputs, layers.Activation("softmax")(layers.Reshape((CLASSES,))(x))), "unit"


def newer_layers():
    from keras.src.applications.convnext import LayerScale

    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.05, 0.06, 0.07])(inputs)
    x = layers.LayerNormalization(epsilon=1e-6)(features(layers, x))
    y = layers.Dense(16)(layers.Activation("gelu")(layers.Dense(24)(x)))
    x = layers.Add()([x, LayerScale(1e-6, 16)(y)])
    x = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(16, 3, activation="hard_sigmoid")(x))
    return keras.Model(inputs, pooled(layers, x)), "unit"


def resizing():
    inputs = keras.Input((None, None, 3))
    x = layers.Resizing(48, 48)(inputs)
    return keras.Model(inputs, pooled(layers, features(layers, layers.Rescaling(1 / 127.5, -1)(x)))), "raw"


def grey():
    """MNIST's tutorial: one channel, 28 × 28."""
    inputs = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D()(layers.Conv2D(8, 3, activation="relu")(inputs))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Flatten()(x))), "unit"


def keras3(name):
    def build():
        inputs = keras.Input((SIDE, SIDE, 3))
        x = getattr(keras.applications, name).preprocess_input(inputs)
        return keras.Model(inputs, pooled(layers, features(layers, x))), "raw"

    return build


def keras2(name):
    def build():
        import tf_keras

        inputs = tf_keras.Input((SIDE, SIDE, 3))
        x = getattr(tf_keras.applications, name).preprocess_input(inputs)
        return tf_keras.Model(inputs, pooled(tf_keras.layers, features(tf_keras.layers, x))), "raw"

    return build


def keras2_operators():
    """As Keras 2's MobileNetV3 writes hard-swish."""
    import tensorflow as tf
    import tf_keras

    kit = tf_keras.layers
    inputs = tf_keras.Input((SIDE, SIDE, 3))
    x = features(kit, inputs)
    x = kit.Multiply()([x, kit.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)])
    x = kit.Conv2D(16, 1, activation="hard_sigmoid")(x + 0.5 * tf.nn.relu6(x))
    return tf_keras.Model(inputs, pooled(kit, x)), "unit"


def write(folder, files, size, preprocess, pixels, probabilities, options=None):
    pixels.tofile(os.path.join(folder, "pixels.u8"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"files": files, "size": size, "preprocess": preprocess, "images": len(pixels),
                   "probabilities": np.asarray(probabilities, np.float64).ravel().tolist(), **(options or {})}, file)


def make_keras(constructor, endings=(".keras", ".h5"), gain=4):
    def make(folder, random):
        keras.utils.set_random_seed(7)
        model, preprocess = constructor()
        spread(model, random, gain)
        size = model.input_shape[1] or 48
        pixels = images(IMAGES, size, random)
        if model.input_shape[3] == 1:
            pixels = pixels[..., :1].repeat(3, -1)
        x = prepare(pixels, preprocess)[..., : model.input_shape[3]]
        scores = np.asarray(model(x, training=False))
        probabilities = scores if np.allclose(scores.sum(-1), 1) and (scores >= 0).all() else softmax(scores)
        for ending in endings:
            model.save(os.path.join(folder, "model" + ending))
        write(folder, ["model" + ending for ending in endings], size, preprocess, pixels, probabilities)

    return make


# Teachable Machine: MobileNet in a Sequential, in a Sequential with the dense layers


def teachable(folder, random):
    import tf_keras

    kit = tf_keras.layers
    inside = tf_keras.Input((SIDE, SIDE, 3))
    base = tf_keras.Model(inside, features(kit, inside), name="model1")
    model = tf_keras.Sequential([
        tf_keras.Sequential([base, kit.GlobalAveragePooling2D()], name="sequential_1"),
        tf_keras.Sequential([kit.Dense(10, activation="relu", name="dense_Dense1"),
                             kit.Dense(CLASSES, activation="softmax", use_bias=False, name="dense_Dense2")], name="sequential_3"),
    ], name="sequential_4")
    model.build((None, SIDE, SIDE, 3))
    spread(model, random)
    pixels = images(IMAGES, SIDE, random)
    probabilities = model(prepare(pixels, "inception"), training=False).numpy()
    labels = ["Orange", "Lemon", "Plum", "Nothing"]
    keras_file = os.path.join(folder, "keras_model.h5")
    model.save(keras_file)
    with zipfile.ZipFile(os.path.join(folder, "converted_keras.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(keras_file, "keras_model.h5")
        archive.writestr("labels.txt", "".join(f"{i} {label}\n" for i, label in enumerate(labels)))
    os.remove(keras_file)
    topology = json.loads(model.to_json())
    strip_input_shapes(topology)
    specs = [{"name": weight.name.split(":")[0], "shape": list(weight.shape), "dtype": "float32"} for weight in model.weights]
    manifest = {"modelTopology": topology, "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}]}
    metadata = {"tfjsVersion": "1.3.1", "tmVersion": "2.4.7", "packageVersion": "0.8.4-alpha2", "packageName": "@teachablemachine/image",
                "timeStamp": "2024-01-01T00:00:00.000Z", "userMetadata": {}, "modelName": "tm-my-image-model", "labels": labels, "imageSize": SIDE}
    with zipfile.ZipFile(os.path.join(folder, "tm-my-image-model.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", json.dumps(manifest))
        archive.writestr("weights.bin", b"".join(weight.numpy().astype("<f4").tobytes() for weight in model.weights))
        archive.writestr("metadata.json", json.dumps(metadata))
    write(folder, ["converted_keras.zip", "tm-my-image-model.zip"], SIDE, None, pixels, probabilities)


def strip_input_shapes(topology):
    """tfjs writes no input layers into Sequential models: only the network inside says its shape."""
    for layer in topology["config"]["layers"] if isinstance(topology["config"], dict) else []:
        if layer["class_name"] == "Sequential":
            strip_input_shapes(layer)
    if topology["class_name"] == "Sequential":
        topology["config"]["layers"] = [layer for layer in topology["config"]["layers"] if layer["class_name"] != "InputLayer"]
        for layer in topology["config"]["layers"]:
            if layer["class_name"] != "Sequential" and layer["class_name"] != "Functional":
                layer["config"].pop("batch_input_shape", None)


# ONNX: what exporters make of one small network


def network(random, channels=3, size=SIDE, end=(), open_sides=False, classes=CLASSES):
    """A torchvision-like network as onnx.helper nodes; `end`: operators behind its logits."""
    from onnx import TensorProto, helper, numpy_helper

    def tensor(name, *shape):
        fan_in = max(1, int(np.prod(shape[1:])))
        return numpy_helper.from_array((random.normal(size=shape) * np.sqrt(2 / fan_in)).astype(np.float32), name)

    sides = ["batch_size", "num_channels", "height", "width"] if open_sides else ["batch_size", channels, size, size]
    nodes = [
        helper.make_node("Conv", ["pixel_values", "c1.weight", "c1.bias"], ["c1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "c2.weight", "c2.bias"], ["c2"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["r2"]),
        helper.make_node("GlobalAveragePool", ["r2"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "fc.weight", "fc.bias"], ["logits"], transB=1),
    ]
    last = "logits"
    for operator, attributes in end:
        nodes.append(helper.make_node(operator, [last], [operator.lower()], **attributes))
        last = operator.lower()
    weights = [tensor("c1.weight", 16, channels, 3, 3), tensor("c1.bias", 16), tensor("c2.weight", 32, 16, 3, 3), tensor("c2.bias", 32),
               tensor("fc.weight", classes, 32), tensor("fc.bias", classes)]
    graph = helper.make_graph(nodes, "main_graph", [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, sides)],
                              [helper.make_tensor_value_info(last, TensorProto.FLOAT, ["batch_size", classes])], weights)
    return helper.make_model(graph, producer_name="pytorch", ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def run_onnx(path, x, output=None):
    """Without ONNX Runtime's optimiser, whose faults would be in both sides."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return [session.run(output and [output], {session.get_inputs()[0].name: x[i : i + 1]})[0] for i in range(len(x))]


def make_onnx(change, preprocess="torch", size=SIDE, channels=3, options=None, tolerance=None, **network_options):
    """`change`: writes the model that is imported from the plain one, and gives what to run and its probabilities."""

    def make(folder, random):
        import onnx

        model = network(random, channels=channels, size=size, **network_options)
        path = os.path.join(folder, "model.onnx")
        onnx.save(model, path)
        pixels = images(IMAGES, size, random)
        if channels == 1:
            pixels = pixels[..., :1].repeat(3, -1)
        x = np.ascontiguousarray(prepare(pixels, preprocess)[..., :channels].transpose(0, 3, 1, 2), dtype=np.float32)
        probabilities = change(folder, path, x, random)
        write(folder, ["model.onnx"], size, preprocess, pixels, probabilities, {**(options or {}), **({"limit": tolerance} if tolerance else {})})

    return make


def as_it_is(folder, path, x, random):
    return softmax(np.concatenate(run_onnx(path, x)))


def optimum(folder, path, x, random):
    """Every side open: the size is in preprocessor_config.json alone."""
    with open(os.path.join(folder, "preprocessor_config.json"), "w") as file:
        json.dump({"image_processor_type": "ViTImageProcessor", "do_resize": True, "do_rescale": True, "do_normalize": True, "resample": 2,
                   "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "size": {"height": SIDE, "width": SIDE}}, file)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({"architectures": ["ResNetForImageClassification"], "id2label": {str(i): f"class {i}" for i in range(CLASSES)}}, file)
    return as_it_is(folder, path, x, random)


def zip_map(folder, path, x, random):
    """A label and a list of pairs, as converters of scikit-learn and Custom Vision write them."""
    import onnx
    from onnx import TensorProto, helper

    probabilities = np.concatenate(run_onnx(path, x))
    model = onnx.load(path)
    graph = model.graph
    scores = graph.output[0].name
    labels = ["orange", "lemon", "plum", "nothing"]
    graph.node.extend([
        helper.make_node("ArgMax", [scores], ["number"], axis=1, keepdims=0),
        helper.make_node("ArrayFeatureExtractor", ["names", "number"], ["named"], domain="ai.onnx.ml"),
        helper.make_node("Reshape", ["named", "row"], ["classLabel"]),
        helper.make_node("ZipMap", [scores], ["loss"], domain="ai.onnx.ml", classlabels_strings=labels),
    ])
    graph.initializer.extend([helper.make_tensor("names", TensorProto.STRING, [CLASSES], [label.encode() for label in labels]),
                              helper.make_tensor("row", TensorProto.INT64, [1], [-1])])
    del graph.output[:]
    pairs = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    graph.output.extend([helper.make_tensor_value_info("classLabel", TensorProto.STRING, [None]),
                         helper.make_value_info("loss", helper.make_sequence_type_proto(pairs))])
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))
    onnx.save(model, path)
    return probabilities


def two_outputs(folder, path, x, random):
    """The scores beside the features, and both are rows."""
    import onnx
    from onnx import TensorProto, helper

    probabilities = as_it_is(folder, path, x, random)
    model = onnx.load(path)
    model.graph.output.insert(0, helper.make_tensor_value_info("flat", TensorProto.FLOAT, ["batch_size", 32]))
    onnx.save(model, path)
    return probabilities


def dynamic_int8(folder, path, x, random):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(path, path, weight_type=QuantType.QUInt8)
    return as_it_is(folder, path, x, random)


def static_int8(kind):
    def change(folder, path, x, random):
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

        class Reader(CalibrationDataReader):
            def __init__(self):
                self.left = [{"pixel_values": x[i : i + 1]} for i in range(len(x))]

            def get_next(self):
                return self.left.pop() if self.left else None

        quantize_static(path, path, Reader(), quant_format=QuantFormat[kind])
        return as_it_is(folder, path, x, random)

    return change


CASES = {
    "flowers-tutorial": make_keras(flowers),
    "average-over-the-map": make_keras(whole_average),
    "convolutions-as-head": make_keras(conv_head),
    "newer-layers": make_keras(newer_layers),
    "resizing-inside": make_keras(resizing),
    "grey-28": make_keras(grey),
    "keras3-preprocess-caffe": make_keras(keras3("resnet50"), gain=0.03),
    "keras3-preprocess-torch": make_keras(keras3("densenet")),
    "keras3-preprocess-tf": make_keras(keras3("mobilenet_v2")),
    "keras2-preprocess-caffe": make_keras(keras2("resnet50"), [".h5"], gain=0.03),
    "keras2-preprocess-torch": make_keras(keras2("densenet")),
    "keras2-preprocess-tf": make_keras(keras2("mobilenet_v2")),
    "keras2-operators": make_keras(keras2_operators),
    "teachable-machine": teachable,
    "onnx-optimum": make_onnx(optimum, open_sides=True),
    "onnx-log-softmax": make_onnx(as_it_is, end=[("LogSoftmax", {"axis": 1})]),
    "onnx-zip-map": make_onnx(zip_map, end=[("Softmax", {"axis": 1})]),
    "onnx-two-outputs": make_onnx(two_outputs, options={"output": "logits"}),
    "onnx-grey-28": make_onnx(as_it_is, "unit", 28, 1),
    "onnx-dynamic-int8": make_onnx(dynamic_int8, tolerance=5e-3),
    "onnx-qdq-int8": make_onnx(static_int8("QDQ"), tolerance=5e-3),
    "onnx-qoperator-int8": make_onnx(static_int8("QOperator"), tolerance=5e-3),
}

if __name__ == "__main__":
    for case in sys.argv[2:] or CASES:
        target = os.path.join(sys.argv[1], case)
        os.makedirs(target, exist_ok=True)
        CASES[case](target, np.random.default_rng(13))
        print(case, flush=True)
