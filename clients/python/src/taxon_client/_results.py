"""What the helpers ask for and give: the server's own schemas, without what only other calls have."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

from .models import ImageClassification, ModelRef, Prediction, Timing


class Classifications(TypedDict):
    """Of several images, in their order: each has `predictions` or an `error`."""

    model: ModelRef
    results: list[ImageClassification]
    timing: Timing


class ClassifiedImage(TypedDict):
    """Of one image."""

    model: ModelRef
    filename: NotRequired[str]
    width: int
    height: int
    predictions: list[Prediction]
    timing: Timing


def query_of(
    model: str | None, version: int | str | None, top_k: int | None, min_probability: float | None
) -> Mapping[str, str | int | float]:
    """Raises ValueError for several models, whose answer is another."""
    if model is not None and "," in model:
        raise ValueError("classify takes one model; several are for http.post('/v1/classify')")
    query = {"model": model, "version": version, "topK": top_k, "minProbability": min_probability}
    return {name: value for name, value in query.items() if value is not None}


def single(classifications: Classifications) -> ClassifiedImage:
    """The server refuses a request whose only image is bad, so that the result is one."""
    result: Any = classifications["results"][0]
    return cast(ClassifiedImage, {**result, "model": classifications["model"], "timing": classifications["timing"]})
