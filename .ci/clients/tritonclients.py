"""The clients of NVIDIA's tritonclient against a running server, each operation as their documentation shows it.

Prints a line `client<TAB>operation<TAB>result` for each; ends with 1 when one has failed. BASE_URL, GRPC_ADDRESS (may be empty: then there is no
gRPC to try), ADMIN_KEY and IMAGE come from the environment.
"""

import asyncio
import os
import sys

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as http_aio

ADDRESS = os.environ["BASE_URL"].removeprefix("http://").rstrip("/")
GRPC_ADDRESS = os.environ.get("GRPC_ADDRESS", "")
HEADERS = {"Authorization": "Bearer " + os.environ["ADMIN_KEY"]}
# gRPC's metadata has lower-case names.
GRPC_HEADERS = {name.lower(): value for name, value in HEADERS.items()}
MODEL = os.environ.get("MODEL", "clothing")
with open(os.environ["IMAGE"], "rb") as file:
    IMAGE = file.read()

failures = 0


def report(client, operation, error=None):
    global failures
    failures += error is not None
    result = "passed" if error is None else f"FAILED {type(error).__name__}: {error}"
    print(f"{client}\t{operation}\t{' '.join(result.split())}", flush=True)


def files(module, count=1, **options):
    tensor = module.InferInput("image", [count], "BYTES")
    tensor.set_data_from_numpy(np.array([IMAGE] * count, dtype=np.object_), **options)
    return [tensor]


def texts(module):
    """Base64 in a string, the form that JSON can carry."""
    import base64

    tensor = module.InferInput("image", [1], "BYTES")
    text = base64.b64encode(IMAGE)
    if module is http or module is http_aio:
        tensor.set_data_from_numpy(np.array([text], dtype=np.object_), binary_data=False)
    else:
        tensor.set_data_from_numpy(np.array([text], dtype=np.object_))
    return [tensor]


def pixels(module, datatype, count=1):
    size = int(os.environ.get("IMAGE_SIZE", "299"))
    values = np.random.default_rng(1).integers(0, 256, [count, size, size, 3])
    tensor = module.InferInput("image", values.shape, datatype)
    tensor.set_data_from_numpy(values.astype({"UINT8": np.uint8, "FP32": np.float32}[datatype]))
    return [tensor]


def check_probabilities(result, count, labels=10):
    values = result.as_numpy("probabilities")
    assert values.shape == (count, labels) and values.dtype == np.float32, (values.shape, values.dtype)
    assert np.allclose(values.sum(axis=1), 1, atol=1e-4), values.sum(axis=1)
    best = result.as_numpy("label")
    assert best.shape == (count,), best.shape
    return values


def check_classes(result, count, classes):
    found = result.as_numpy("probabilities")
    assert found.shape == (count, classes), found.shape
    for row in found:
        parts = [(cls.decode() if isinstance(cls, bytes) else cls).split(":") for cls in row]
        probabilities = [float(probability) for probability, _, _ in parts]
        assert probabilities == sorted(probabilities, reverse=True), probabilities
        assert all(int(index) < 10 and label for _, index, label in parts), parts


def outputs(module, **options):
    return [module.InferRequestedOutput("probabilities", **options)]


def http_operations(module):
    """Name, call and check of each; a call gives a result, or for the aio client an awaitable."""

    def infer(inputs, **options):
        return lambda client: client.infer(MODEL, inputs, headers=dict(HEADERS), **options)

    both = [module.InferRequestedOutput(name, binary_data=False) for name in ("probabilities", "label")]
    called = [
        ("server live", lambda c: c.is_server_live(headers=HEADERS), lambda r: r is True),
        ("server ready", lambda c: c.is_server_ready(headers=HEADERS), lambda r: r is True),
        ("model ready", lambda c: c.is_model_ready(MODEL, headers=HEADERS), lambda r: r is True),
        ("model version ready", lambda c: c.is_model_ready(MODEL, "1", headers=HEADERS), lambda r: r is True),
        ("unknown model is not ready", lambda c: c.is_model_ready("none", headers=HEADERS), lambda r: r is False),
        ("server metadata", lambda c: c.get_server_metadata(headers=HEADERS), lambda r: "binary_tensor_data" in r["extensions"]),
        ("model metadata", lambda c: c.get_model_metadata(MODEL, headers=HEADERS), lambda r: r["inputs"][0]["datatype"] == "BYTES"),
        ("model config", lambda c: c.get_model_config(MODEL, headers=HEADERS), lambda r: r["max_batch_size"] > 0),
        ("repository index", lambda c: c.get_model_repository_index(headers=HEADERS), lambda r: any(m["name"] == MODEL and m["state"] == "READY" for m in r)),
        ("infer binary", infer(files(module)), lambda r: check_probabilities(r, 1) is not None),
        ("infer binary batch", infer(files(module, 3)), lambda r: check_probabilities(r, 3) is not None),
        ("infer JSON", infer(texts(module), outputs=both), lambda r: check_probabilities(r, 1) is not None and r.get_output("label")["data"]),
        ("infer JSON in, binary out", infer(texts(module)), lambda r: check_probabilities(r, 1) is not None),
        ("infer UINT8 pixels", infer(pixels(module, "UINT8")), lambda r: check_probabilities(r, 1) is not None),
        ("infer FP32 pixels batch", infer(pixels(module, "FP32", 2)), lambda r: check_probabilities(r, 2) is not None),
        ("infer gzip", infer(files(module, 2), request_compression_algorithm="gzip"), lambda r: check_probabilities(r, 2) is not None),
        ("infer deflate", infer(files(module), request_compression_algorithm="deflate"), lambda r: check_probabilities(r, 1) is not None),
        ("infer version and id", infer(files(module), model_version="1", request_id="abc"), lambda r: (r.get_response()["id"], r.get_response()["model_version"]) == ("abc", "1")),
        ("classification", infer(files(module, 2), outputs=outputs(module, class_count=3)), lambda r: check_classes(r, 2, 3) is None),
        ("classification JSON", infer(files(module), outputs=outputs(module, class_count=2, binary_data=False)), lambda r: check_classes(r, 1, 2) is None),
        ("statistics", lambda c: c.get_inference_statistics(MODEL, headers=HEADERS), lambda r: r["model_stats"][0]["inference_count"] > 0),
        ("statistics of all", lambda c: c.get_inference_statistics(headers=HEADERS), lambda r: len(r["model_stats"]) > 0),
        ("unload", lambda c: c.unload_model(MODEL, headers=HEADERS), lambda r: r is None),
        ("unloaded is not ready", lambda c: c.is_model_ready(MODEL, headers=HEADERS), lambda r: r is False),
        ("load", lambda c: c.load_model(MODEL, headers=HEADERS), lambda r: r is None),
        ("loaded is ready", lambda c: c.is_model_ready(MODEL, headers=HEADERS), lambda r: r is True),
    ]
    refused = [("error is worded", infer(files(module), model_version="99"), "no version 99")]
    return called, refused


def judge(name, operation, check, result):
    try:
        assert check(result), f"unexpected: {result}"
    except Exception as error:
        report(name, operation, error)
    else:
        report(name, operation)


def judge_refusal(name, operation, wording, error):
    worded = error is not None and wording in str(error)
    report(name, operation, None if worded else AssertionError(f"an error with {wording!r} was expected: {error}"))


def run(name, client, called, refused):
    for operation, call, check in called:
        try:
            result = call(client)
        except Exception as error:
            report(name, operation, error)
        else:
            judge(name, operation, check, result)
    for operation, call, wording in refused:
        try:
            call(client)
            judge_refusal(name, operation, wording, None)
        except Exception as error:
            judge_refusal(name, operation, wording, error)


async def run_async(name, client, called, refused):
    for operation, call, check in called:
        try:
            result = await call(client)
        except Exception as error:
            report(name, operation, error)
        else:
            judge(name, operation, check, result)
    for operation, call, wording in refused:
        try:
            await call(client)
            judge_refusal(name, operation, wording, None)
        except Exception as error:
            judge_refusal(name, operation, wording, error)


def run_http():
    with http.InferenceServerClient(ADDRESS, concurrency=4) as client:
        run("tritonclient.http", client, *http_operations(http))
        requests = [client.async_infer(MODEL, files(http), headers=dict(HEADERS)) for _ in range(4)]
        try:
            for request in requests:
                check_probabilities(request.get_result(timeout=60), 1)
        except Exception as error:
            report("tritonclient.http", "async infer", error)
        else:
            report("tritonclient.http", "async infer")


async def run_http_aio():
    async with http_aio.InferenceServerClient(ADDRESS) as client:
        await run_async("tritonclient.http.aio", client, *http_operations(http_aio))


def grpc_operations(module):
    def infer(inputs, **options):
        return lambda client: client.infer(MODEL, inputs, headers=GRPC_HEADERS, **options)

    h = GRPC_HEADERS
    called = [
        ("server live", lambda c: c.is_server_live(headers=h), lambda r: r is True),
        ("server ready", lambda c: c.is_server_ready(headers=h), lambda r: r is True),
        ("model ready", lambda c: c.is_model_ready(MODEL, headers=h), lambda r: r is True),
        ("unknown model is not ready", lambda c: c.is_model_ready("none", headers=h), lambda r: r is False),
        ("server metadata", lambda c: c.get_server_metadata(headers=h), lambda r: r.name == "taxon"),
        ("model metadata", lambda c: c.get_model_metadata(MODEL, headers=h), lambda r: r.inputs[0].datatype == "BYTES" and list(r.outputs[0].shape) == [-1, 10]),
        ("model config", lambda c: c.get_model_config(MODEL, headers=h), lambda r: r.config.max_batch_size > 0 and r.config.input[0].data_type == 13),
        ("repository index", lambda c: c.get_model_repository_index(headers=h), lambda r: any(m.name == MODEL and m.state == "READY" for m in r.models)),
        ("infer", infer(files(module)), lambda r: check_probabilities(r, 1) is not None),
        ("infer batch", infer(files(module, 3)), lambda r: check_probabilities(r, 3) is not None),
        ("infer base64 text", infer(texts(module)), lambda r: check_probabilities(r, 1) is not None),
        ("infer UINT8 pixels", infer(pixels(module, "UINT8")), lambda r: check_probabilities(r, 1) is not None),
        ("infer FP32 pixels batch", infer(pixels(module, "FP32", 2)), lambda r: check_probabilities(r, 2) is not None),
        ("infer gzip", infer(files(module), compression_algorithm="gzip"), lambda r: check_probabilities(r, 1) is not None),
        ("infer version and id", infer(files(module), model_version="1", request_id="abc"), lambda r: (r.get_response().id, r.get_response().model_version) == ("abc", "1")),
        ("classification", infer(files(module, 2), outputs=outputs(module, class_count=3)), lambda r: check_classes(r, 2, 3) is None),
        ("statistics", lambda c: c.get_inference_statistics(MODEL, headers=h), lambda r: r.model_stats[0].inference_count > 0),
        ("unload", lambda c: c.unload_model(MODEL, headers=h), lambda r: r is None),
        ("unloaded is not ready", lambda c: c.is_model_ready(MODEL, headers=h), lambda r: r is False),
        ("load", lambda c: c.load_model(MODEL, headers=h), lambda r: r is None),
        ("loaded is ready", lambda c: c.is_model_ready(MODEL, headers=h), lambda r: r is True),
    ]
    refused = [
        ("error is worded", infer(files(module), model_version="99"), "no version 99"),
        ("unload needs a key", lambda c: c.unload_model(MODEL), "UNAUTHENTICATED"),
    ]
    return called, refused


def run_grpc():
    import tritonclient.grpc as grpc

    with grpc.InferenceServerClient(GRPC_ADDRESS) as client:
        run("tritonclient.grpc", client, *grpc_operations(grpc))


async def run_grpc_aio():
    import tritonclient.grpc.aio as grpc_aio

    async with grpc_aio.InferenceServerClient(GRPC_ADDRESS) as client:
        await run_async("tritonclient.grpc.aio", client, *grpc_operations(grpc_aio))


run_http()
asyncio.run(run_http_aio())
if GRPC_ADDRESS:
    run_grpc()
    asyncio.run(run_grpc_aio())
sys.exit(1 if failures else 0)
