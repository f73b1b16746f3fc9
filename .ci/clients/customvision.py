"""The archived Python SDK of Azure Custom Vision against a running Taxon: see customvision.sh."""

import importlib.metadata
import json
import os
import sys
import urllib.request

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.prediction.models import CustomVisionErrorException
from msrest.authentication import ApiKeyCredentials

package = "azure-cognitiveservices-vision-customvision"
client_name = f"{package} {importlib.metadata.version(package)} (Python)"
base, key, path = (os.environ[name] for name in ("BASE_URL", "ADMIN_KEY", "IMAGE"))
project = "c7b0d8ba-2a5c-4f0b-8f5e-5f0a0a3d7f11"
with open(path, "rb") as file:
    image = file.read()


def ask_taxon(path, body=None, content_type=None):
    headers = {"X-API-Key": key, **({"Content-Type": content_type} if content_type else {})}
    with urllib.request.urlopen(urllib.request.Request(base + path, data=body, headers=headers)) as answer:
        return json.load(answer)


expected = ask_taxon("/v1/classify", image, "application/octet-stream")
best = expected["results"][0]["predictions"][0]
published = expected["model"]["name"]
client = CustomVisionPredictionClient(base, ApiKeyCredentials(in_headers={"Prediction-key": key}))
failures = 0


def show(operation, work):
    global failures
    try:
        result = work()
    except Exception as error:  # whatever the client makes of a wrong answer is a failure
        failures += 1
        result = f"FAILED: {type(error).__name__}: {error}"
    print(client_name, operation, result, sep="\t", flush=True)


def check(prediction):
    first = prediction.predictions[0]
    assert prediction.project == project, prediction.project
    assert prediction.id and prediction.iteration and prediction.created.year > 2000
    assert first.tag_id and first.tag_name == best["label"], first.tag_name
    assert abs(first.probability - best["probability"]) < 1e-4, first.probability
    assert abs(sum(one.probability for one in prediction.predictions) - 1) < 1e-4
    return f"{first.tag_name} {first.probability:.4f}"


def check_file(path):
    with open(path, "rb") as file:
        return check(client.classify_image(project, published, file))


def refused(code, work):
    try:
        work()
    except CustomVisionErrorException as error:
        assert error.error.code == code, error.error.code
        assert error.error.message
        return f"refused: {error.error.code}"
    raise AssertionError("it was not refused")


show("classify_image, bytes", lambda: check(client.classify_image(project, published, image)))
show("classify_image, file", lambda: check_file(path))
show(
    "classify_image_with_no_store",
    lambda: check(client.classify_image_with_no_store(project, published, image, application="ci")),
)
show(
    "classify_image_url, URLs off",
    lambda: refused(
        "BadRequestImageUrl", lambda: client.classify_image_url(project, published, "https://example.com/a.jpg")
    ),
)
show(
    "classify_image_url_with_no_store, URLs off",
    lambda: refused(
        "BadRequestImageUrl",
        lambda: client.classify_image_url_with_no_store(project, published, "https://example.com/a.jpg"),
    ),
)
show(
    "classify_image, unknown iteration",
    lambda: refused("NotFoundIteration", lambda: client.classify_image(project, "no such iteration", image)),
)
show(
    "classify_image, no image",
    lambda: refused("BadRequestImageFormat", lambda: client.classify_image(project, published, b"text")),
)
sys.exit(1 if failures else 0)
