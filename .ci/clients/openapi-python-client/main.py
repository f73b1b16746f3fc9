"""Classifies IMAGE and starts a training on DATASET with the client that openapi-python-client made."""

import io
import os
from pathlib import Path

from taxon_client import AuthenticatedClient
from taxon_client.api.classify import classify_images
from taxon_client.api.training import cancel_training, get_training, start_training
from taxon_client.models import ImageUpload, NewTraining
from taxon_client.types import File


def report(operation: str, result: object) -> None:
    print("openapi-python-client", operation, result, sep="\t")


client = AuthenticatedClient(base_url=os.environ["BASE_URL"], token=os.environ["ADMIN_KEY"])
image = Path(os.environ["IMAGE"])

file = File(payload=io.BytesIO(image.read_bytes()), file_name=image.name, mime_type="image/jpeg")
best = classify_images.sync(client=client, body=ImageUpload(image=[file])).results[0].predictions[0]
report("classifyImages", f"{best.label} {best.probability}")

request = NewTraining(dataset=os.environ["DATASET"], model="from-openapi-python-client")
started = start_training.sync(client=client, body=request)
report("startTraining", started.state.value)
report("getTraining", get_training.sync(started.id, client=client).model)
report("cancelTraining", cancel_training.sync(started.id, client=client).state.value)
