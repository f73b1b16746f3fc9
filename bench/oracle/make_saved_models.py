"""Builds TensorFlow SavedModels and tfjs graph models in the ways in which programs write them, and writes down what TensorFlow computes.

usage: python make_saved_models.py OUT [case ...]      needs: pip install tensorflow-cpu==2.21.0 keras==3.15.1; tf-keras==2.21.0 for Keras 2

OUT/<case>/ gets the model's folder, pixels.u8 (2 images) and expected.json: files, size, preprocess, probabilities. A graph model is the
frozen graph in the layout of tensorflowjs_converter, which needs another TensorFlow than this one: nodes as JSON, constants in shards of
4 MB, in float32 or quantised. bench/parity.ts compares; what a quantised file holds is what it is compared with.
"""
import json
import os
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from keras import applications, layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer

from make_models import images, prepare, randomise_norms

IMAGES = 2
CLASSES = 10
SHARD_BYTES = 4 * 2**20

# name: constructor, size of the image, and how its pixels are prepared
APPLICATIONS = {
    "MobileNet": (applications.MobileNet, 128, "inception"),
    "MobileNetV2": (applications.MobileNetV2, 160, "inception"),
    "MobileNetV3Small": (applications.MobileNetV3Small, 128, "raw"),
    "EfficientNetB0": (applications.EfficientNetB0, 128, "raw"),
    "EfficientNetV2B0": (applications.EfficientNetV2B0, 128, "raw"),
    "ResNet50": (applications.ResNet50, 128, "caffe"),
    "ResNet50V2": (applications.ResNet50V2, 128, "inception"),
    "DenseNet121": (applications.DenseNet121, 128, "torch"),
    "InceptionV3": (applications.InceptionV3, 139, "inception"),
    "InceptionResNetV2": (applications.InceptionResNetV2, 139, "inception"),
    "Xception": (applications.Xception, 128, "inception"),
    "NASNetMobile": (applications.NASNetMobile, 224, "inception"),
    "ConvNeXtTiny": (applications.ConvNeXtTiny, 128, "raw"),
}


class Case:
    """A model in the making: what is asked of it, and the folder that it goes to."""

    def __init__(self, out, name, size, preprocess):
        self.folder = os.path.join(out, name)
        os.makedirs(self.folder, exist_ok=True)
        self.name, self.size, self.preprocess = name, size, preprocess
        self.random = np.random.default_rng(7)
        self.pixels = images(IMAGES, size, self.random)

    @property
    def x(self):
        return prepare(self.pixels, self.preprocess)

    def path(self, name):
        return os.path.join(self.folder, name)

    def finish(self, files, probabilities, embeddings=None, **more):
        self.pixels.tofile(self.path("pixels.u8"))
        expected = {"size": self.size, "preprocess": more.pop("stated", self.preprocess), "images": IMAGES, "files": files,
                    "probabilities": np.asarray(probabilities, np.float64).ravel().tolist(), **more}
        if embeddings is not None:
            expected["embeddings"] = np.asarray(embeddings, np.float64).ravel().tolist()
        with open(self.path("expected.json"), "w") as file:
            json.dump(expected, file)
        print(self.name, np.asarray(probabilities)[0].round(3).tolist(), flush=True)


# tfjs graph models


def quantised(values, storage):
    """As tensorflowjs_converter --quantize_… stores them: the manifest's entry, the bytes, and the values that come back."""
    if storage == "float32" or values.dtype != np.float32 or values.size < 2:
        return {}, values, values
    if storage == "float16":
        halves = values.astype(np.float16)
        return {"quantization": {"dtype": "float16", "original_dtype": "float32"}}, halves, halves.astype(np.float32)
    codes = np.iinfo(storage).max
    low, high = float(values.min()), float(values.max())
    scale = (high - low) / codes or 1.0
    if low <= 0 <= high:
        low = -round(-low / scale) * scale
    stored = np.clip(np.round((values - low) / scale), 0, codes).astype(storage)
    back = stored.astype(np.float32) * np.float32(scale) + np.float32(low)
    return {"quantization": {"dtype": storage, "original_dtype": "float32", "scale": scale, "min": low}}, stored, back


def freeze(function, spec):
    return convert_variables_to_constants_v2(tf.function(function).get_concrete_function(spec), lower_control_flow=False)


def optimised(frozen):
    """The graph after the passes of TensorFlow's optimiser that tensorflowjs_converter runs: no functions, biases and activations fused."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(frozen.graph.as_graph_def(), name="")
    meta = tf.compat.v1.train.export_meta_graph(graph_def=graph.as_graph_def(), graph=graph)
    meta.collection_def["train_op"].node_list.value.append(frozen.outputs[0].name)
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.optimizers.extend(["function", "constfold", "arithmetic", "dependency", "remap"])
    graph = tf_optimizer.OptimizeGraph(config, meta)
    # All of them are opened by now; two of one name would clash when the graph is run.
    graph.ClearField("library")
    return graph


def write_graph_model(frozen, folder, storage="float32"):
    """Writes the graph model, and gives the graph with the constants that it holds after quantisation."""
    os.makedirs(folder, exist_ok=True)
    graph = optimised(frozen)
    weights, chunks = [], []
    for node in graph.node:
        if node.op != "Const" or node.attr["dtype"].type == tf.string.as_datatype_enum:
            continue
        values = tf.make_ndarray(node.attr["value"].tensor)
        if values.dtype == np.int64:
            values = values.astype(np.int32)
        entry, stored, back = quantised(values, storage)
        weights.append({"name": node.name, "shape": list(values.shape), "dtype": {"bool": "bool", "int32": "int32"}.get(values.dtype.name, "float32"), **entry})
        chunks.append(np.ascontiguousarray(stored).tobytes())
        if values.dtype == np.float32:
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(back))
    stripped = tf.compat.v1.GraphDef()
    stripped.CopyFrom(graph)
    for node in stripped.node:
        if node.op == "Const":
            del node.attr["value"]
    data = b"".join(chunks)
    shards = [data[i:i + SHARD_BYTES] for i in range(0, len(data), SHARD_BYTES)]
    names = [f"group1-shard{i + 1}of{len(shards)}.bin" for i in range(len(shards))]
    for name, shard in zip(names, shards):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(shard)
    with open(os.path.join(folder, "model.json"), "w") as file:
        json.dump({
            "format": "graph-model", "generatedBy": "make_saved_models.py", "convertedBy": None,
            "signature": {"inputs": {"x": {"name": frozen.inputs[0].name}}, "outputs": {"y": {"name": frozen.outputs[0].name}}},
            "modelTopology": json_format.MessageToDict(stripped), "weightsManifest": [{"paths": names, "weights": weights}],
        }, file)
    return graph


def run_frozen(graph, frozen, x):
    """What the graph computes with the constants that were stored."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.import_graph_def(graph, name="")
        return session.run(frozen.outputs[0].name, {frozen.inputs[0].name: x})


# cases


def application(out, name):
    constructor, size, convention = APPLICATIONS[name]
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    case = Case(out, name, size, convention)
    model = constructor(weights=None, classes=CLASSES, input_shape=(size, size, 3))
    randomise_norms(model, prepare(images(6, size, case.random), convention), case.random)
    last = [layer for layer in model.layers if hasattr(layer, "kernel")][-1]
    last.kernel.assign(last.kernel.numpy() * 3)
    poolings = [layer for layer in model.layers if isinstance(layer, layers.GlobalAveragePooling2D)]
    embeddings, probabilities = keras.Model(model.input, [poolings[-1].output, model.output])(case.x, training=False)
    model.export(case.path("exported"), verbose=False)
    tf.saved_model.save(model, case.path("saved"))
    frozen = freeze(lambda x: model(x, training=False), tf.TensorSpec((None, size, size, 3), tf.float32, "x"))
    write_graph_model(frozen, case.path("tfjs-graph"))
    # MobileNets have a convolution behind the pooling, ConvNeXt a norm: what is cut there is not Keras' pooling.
    same_cut = name not in ("MobileNet", "MobileNetV3Small", "ConvNeXtTiny")
    case.finish(["exported", "saved", "tfjs-graph"], probabilities, embeddings if same_cut else None)


def small_model(groups):
    inputs = keras.Input((64, 64, 3))
    x = layers.Rescaling(1 / 127.5, -1)(inputs)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("swish")(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = layers.LeakyReLU(0.1)(x)
    x = layers.Conv2D(32, 3, groups=groups, padding="same", activation="gelu")(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = layers.Conv2D(32, 3, dilation_rate=2, padding="same", activation="elu")(x)
    x = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Dense(24, activation="relu")(x)))


def spread(model, random):
    for variable in model.weights:
        value = variable.numpy()
        if "kernel" not in variable.path and "seed" not in variable.path:
            low, high = (0.5, 1.5) if "variance" in variable.path or "gamma" in variable.path else (-0.3, 0.3)
            variable.assign(random.uniform(low, high, value.shape))
    model.layers[-1].kernel.assign(model.layers[-1].kernel.numpy() * 4)


def many_layers(out):
    case = Case(out, "many_layers", 64, "raw")
    keras.utils.set_random_seed(7)
    model = small_model(groups=4)
    spread(model, case.random)
    model.export(case.path("exported"), verbose=False)
    case.finish(["exported"], model(case.x, training=False), stated=None)


def quantised_graphs(out):
    for storage, limit in (("float16", 1e-4), ("uint16", 1e-4), ("uint8", 1e-4)):
        case = Case(out, f"graph_{storage}", 64, "raw")
        keras.utils.set_random_seed(7)
        # Keras leaves a convolution in groups to a compiler that tfjs does not have.
        model = small_model(groups=1)
        spread(model, case.random)
        frozen = freeze(lambda x: model(x, training=False), tf.TensorSpec((None, 64, 64, 3), tf.float32, "x"))
        graph = write_graph_model(frozen, case.path("tfjs-graph"), storage)
        case.finish(["tfjs-graph"], run_frozen(graph, frozen, case.x), limit=limit)


def vision_transformer(out):
    """Patches, a class token, position embeddings, multi-head attention, layer norms: the operators of a ViT."""
    case = Case(out, "vision_transformer", 64, "unit")
    keras.utils.set_random_seed(7)

    class Tokens(layers.Layer):
        def build(self, shape):
            self.token = self.add_weight(shape=(1, 1, shape[-1]), initializer="random_normal", name="token")
            self.position = self.add_weight(shape=(1, shape[1] + 1, shape[-1]), initializer="random_normal", name="position")

        def call(self, x):
            token = keras.ops.broadcast_to(self.token, (keras.ops.shape(x)[0], 1, x.shape[-1]))
            return keras.ops.concatenate([token, x], axis=1) + self.position

    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(48, 16, strides=16)(inputs)
    x = Tokens()(layers.Reshape((-1, 48))(x))
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = x + layers.MultiHeadAttention(4, 12, flash_attention=False)(y, y)
        y = layers.Dense(96, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(x))
        x = x + layers.Dense(48)(y)
    x = layers.LayerNormalization(epsilon=1e-6)(x)[:, 0]
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))
    spread(model, case.random)
    model.export(case.path("exported"), verbose=False)
    case.finish(["exported"], model(case.x, training=False))


class Plain(tf.Module):
    """Written without Keras: variables of the same name, padding by hand, scores without a softmax."""

    def __init__(self, random):
        super().__init__()
        self.kernels = [tf.Variable(random.normal(0, 0.3, shape).astype(np.float32), name="kernel") for shape in ((5, 5, 3, 8), (3, 3, 8, 16))]
        self.biases = [tf.Variable(random.normal(0, 0.3, size).astype(np.float32), name="bias") for size in (8, 16)]
        self.scale = tf.Variable(random.uniform(0.5, 1.5, 16).astype(np.float32))
        self.matrix = tf.Variable(random.normal(0, 1, (CLASSES, 16)).astype(np.float32))
        self.offset = tf.Variable(random.normal(0, 1, CLASSES).astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, "image")])
    def classify(self, image):
        x = tf.reverse(image, [-1]) / 255.0
        x = tf.pad(x, [[0, 0], [2, 2], [1, 3], [0, 0]], mode="REFLECT")
        x = tf.nn.relu6(tf.nn.bias_add(tf.nn.conv2d(x, self.kernels[0], 2, "VALID"), self.biases[0]))
        left, right = tf.split(x, 2, axis=-1)
        x = tf.concat([tf.nn.max_pool2d(left, 3, 2, "SAME"), tf.nn.avg_pool2d(right, 3, 2, "SAME")], -1)
        x = tf.nn.conv2d(x, self.kernels[1], 1, [[0, 0], [1, 0], [0, 1], [0, 0]]) + self.biases[1]
        mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
        x = (x - mean) * tf.math.rsqrt(variance + 1e-3) * self.scale
        x = tf.nn.leaky_relu(x) + 0.1 * tf.square(tf.nn.softplus(x))
        x = tf.reduce_max(x, [1, 2])
        return {"scores": tf.matmul(x, self.matrix, transpose_b=True) + self.offset}


def tf_module(out):
    case = Case(out, "tf_module", 64, "raw")
    module = Plain(case.random)
    tf.saved_model.save(module, case.path("saved"), signatures=module.classify)
    case.finish(["saved"], tf.nn.softmax(module.classify(tf.constant(case.x))["scores"]))


def keras_2(out):
    try:
        import tf_keras
    except ImportError:
        print("no keras_2 (pip install tf-keras)", flush=True)
        return
    case = Case(out, "keras_2", 96, "inception")
    tf_keras.utils.set_random_seed(7)
    model = tf_keras.applications.MobileNetV2(weights=None, classes=CLASSES, input_shape=(96, 96, 3))
    for variable in model.weights:
        if "kernel" not in variable.name:
            low, high = (0.5, 1.5) if "variance" in variable.name or "gamma" in variable.name else (-0.2, 0.2)
            variable.assign(case.random.uniform(low, high, variable.shape))
    model.save(case.path("saved"), save_format="tf")
    case.finish(["saved"], model(case.x, training=False))


def tensorflow_1(out):
    """A session's graph with variables of TensorFlow 1, saved by SavedModelBuilder."""
    case = Case(out, "tensorflow_1", 64, "unit")
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        image = v1.placeholder(tf.float32, (None, 64, 64, 3), "image")
        variable = lambda name, shape: v1.get_variable(name, initializer=case.random.normal(0, 0.3, shape).astype(np.float32), use_resource=False)
        x = tf.nn.relu(tf.nn.conv2d(image, variable("kernel", (3, 3, 3, 8)), 2, "SAME") + variable("bias", (8,)))
        x, _, _ = v1.nn.fused_batch_norm(x, variable("gamma", (8,)), variable("beta", (8,)), variable("mean", (8,)), tf.square(variable("deviation", (8,))), is_training=False)
        x = tf.reshape(tf.reduce_mean(x, [1, 2], keepdims=True), (-1, 8))
        scores = tf.nn.softmax(v1.nn.xw_plus_b(x, 4 * variable("matrix", (8, CLASSES)), variable("offset", (CLASSES,))))
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, case.path("saved"), {"image": image}, {"scores": scores})
        case.finish(["saved"], session.run(scores, {image: case.x}))


CASES = {"many_layers": many_layers, "quantised_graphs": quantised_graphs, "vision_transformer": vision_transformer,
         "tf_module": tf_module, "keras_2": keras_2, "tensorflow_1": tensorflow_1}

if __name__ == "__main__":
    for wanted in sys.argv[2:] or [*CASES, *APPLICATIONS]:
        if wanted in CASES:
            CASES[wanted](sys.argv[1])
        else:
            application(sys.argv[1], wanted)
