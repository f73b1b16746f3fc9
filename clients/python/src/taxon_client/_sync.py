"""The client that waits."""

import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, Unpack, cast

import httpx
from httpx_sse import EventSource

from ._errors import TrainingFailed, json_of
from ._events import SILENCE, TrainingEvent, pause_before_resuming, to_event
from ._files import Image, OnProgress, Uploaded, batches_of, dataset_of, open_image
from ._results import Classifications, ClassifiedImage, query_of, single
from ._retries import RetryTransport
from .models import NewTraining, Training, UploadResult


class Taxon:
    """Classifies, uploads and trains on a Taxon server.

    `api_key` is needed for everything under /v1/admin, and for all else where the server has AUTH=required. `timeout` is the time for a
    call with all its attempts, in seconds; uploads of folders and waiting for a training have no limit. A call that meets a busy server or
    loses its connection is sent up to `retries` times more. `transport`: how requests are sent; default: httpx's own, without a proxy.

    `http` is the httpx client under it, with retries, for every other operation of openapi.yaml.
    """

    def __init__(
        self,
        url: str = "http://localhost:3000",
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if api_key is None else {"authorization": f"Bearer {api_key}"}
        retrying = RetryTransport(transport or httpx.HTTPTransport(), retries)
        self.http = httpx.Client(base_url=url, headers=headers, transport=retrying, timeout=timeout)
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def classify(
        self,
        image: Image,
        *,
        model: str | None = None,
        version: int | str | None = None,
        top_k: int | None = None,
        min_probability: float | None = None,
        timeout: float | None = None,
    ) -> ClassifiedImage:
        """Without a model: by the server's default one, in its active version. Raises TaxonError, TimeoutError, httpx.TransportError."""
        return single(
            self.classify_all(
                [image], model=model, version=version, top_k=top_k, min_probability=min_probability, timeout=timeout
            )
        )

    def classify_all(
        self,
        images: Sequence[Image],
        *,
        model: str | None = None,
        version: int | str | None = None,
        top_k: int | None = None,
        min_probability: float | None = None,
        timeout: float | None = None,
    ) -> Classifications:
        """As classify. One image of several that cannot be read has an `error` in its place."""
        with ExitStack() as files:
            parts = [open_image(image, files) for image in images]
            query = query_of(model, version, top_k, min_probability)
            answer = self._call(timeout or self._timeout, "POST", "/v1/classify", params=query, files=parts)
        return cast(Classifications, answer)

    def upload_folder(
        self,
        folder: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,
    ) -> Uploaded:
        """Uploads a folder of class folders, or of train, val and test with class folders, while it reads it, to `dataset`, which is created
        when it does not exist; default: the folder's name. `on_progress` is called after each request. Raises as classify, and OSError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        uploaded = Uploaded(dataset or dataset_of(folder))
        path = f"/v1/admin/datasets/{uploaded.dataset}"
        self._call(_left(deadline), "PUT", path)
        for batch in batches_of(folder):
            with ExitStack() as files:
                parts = batch.open(files)
                answer = self._call(_left(deadline), "POST", f"{path}/images", params=batch.params, files=parts)
            uploaded = uploaded.plus(cast(UploadResult, answer))
            if on_progress:
                on_progress(uploaded)
        return uploaded

    def train(self, *, timeout: float | None = None, **request: Unpack[NewTraining]) -> Training:
        """Asks for a training, once however often it must be sent; gives it as it waits. Raises as classify."""
        headers = {"idempotency-key": str(uuid.uuid4())}
        answer = self._call(timeout or self._timeout, "POST", "/v1/admin/retrain", json=request, headers=headers)
        return cast(Training, answer)

    def training_events(
        self, training_id: str, *, last_event_id: int = 0, timeout: float | None = None
    ) -> Iterator[TrainingEvent]:
        """The events of a training, those of the past first, until it is over. Resumes when the connection breaks. Raises as classify."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self.http.stream(
                "GET",
                f"/v1/admin/trainings/{training_id}/events",
                headers={"last-event-id": str(last_event_id)},
                timeout=SILENCE,
                extensions=_extensions(deadline),
            ) as response:
                if response.status_code == 204:
                    return
                if not response.is_success:
                    response.read()
                    json_of(response)
                try:
                    for message in EventSource(response).iter_sse():
                        event = to_event(message)
                        last_event_id = event.id or last_event_id
                        yield event
                        if event.is_final:
                            return
                except httpx.TransportError as error:
                    if deadline is not None and time.monotonic() >= deadline:
                        raise TimeoutError("the training has not ended in time") from error
            time.sleep(pause_before_resuming())

    def wait_for_training(
        self,
        training_id: str,
        *,
        on_event: Callable[[TrainingEvent], object] | None = None,
        timeout: float | None = None,
    ) -> Training:
        """The training once it has succeeded. Raises TrainingFailed when it fails or is cancelled, and as classify."""
        for event in self.training_events(training_id, timeout=timeout):
            if on_event:
                on_event(event)
        training = cast(Training, self._call(self._timeout, "GET", f"/v1/admin/trainings/{training_id}"))
        if training["state"] != "succeeded":
            raise TrainingFailed(training)
        return training

    def _call(self, timeout: float | None, method: str, path: str, **request: Any) -> Any:
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            return json_of(
                self.http.request(method, path, timeout=timeout, extensions=_extensions(deadline), **request)
            )
        except httpx.TimeoutException as error:
            raise TimeoutError(f"{method} {path} was not answered in time") from error


def _extensions(deadline: float | None) -> dict[str, float]:
    return {} if deadline is None else {"deadline": deadline}


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
