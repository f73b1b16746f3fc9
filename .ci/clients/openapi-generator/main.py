"""Classifies IMAGE and starts a training on DATASET with the client that openapi-generator made for Python."""

import os
from pathlib import Path

from openapi_client import ApiClient, ClassifyApi, Configuration, NewTraining, TrainingApi


def report(operation: str, result: object) -> None:
    print("openapi-generator python", operation, result, sep="\t")


configuration = Configuration(host=os.environ["BASE_URL"], access_token=os.environ["ADMIN_KEY"])
with ApiClient(configuration) as client:
    image = Path(os.environ["IMAGE"])
    best = ClassifyApi(client).classify_images(image=[(image.name, image.read_bytes())]).results[0].predictions[0]
    report("classifyImages", f"{best.label} {best.probability}")

    trainings = TrainingApi(client)
    started = trainings.start_training(NewTraining(dataset=os.environ["DATASET"], model="from-python"))
    report("startTraining", started.state.value)
    report("getTraining", trainings.get_training(started.id).model)
    report("cancelTraining", trainings.cancel_training(started.id).state.value)
