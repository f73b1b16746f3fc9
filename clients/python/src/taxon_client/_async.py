"""The client for asyncio."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, Unpack, cast

import httpx
from httpx_sse import EventSource

from ._errors import TrainingFailed, json_of
from ._events import SILENCE, TrainingEvent, pause_before_resuming, to_event
from ._files import Image, OnProgress, Uploaded, batches_of, dataset_of, open_image
from ._results import Classifications, ClassifiedImage, query_of, single
from ._retries import AsyncRetryTransport
from .models import NewTraining, Training, UploadResult


class AsyncTaxon:
    """Taxon for asyncio: the same arguments, results and errors, awaited. Cancelling a call ends it with all its attempts."""

    def __init__(
        self,
        url: str = "http://localhost:3000",
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {} if api_key is None else {"authorization": f"Bearer {api_key}"}
        retrying = AsyncRetryTransport(transport or httpx.AsyncHTTPTransport(), retries)
        self.http = httpx.AsyncClient(base_url=url, headers=headers, transport=retrying, timeout=timeout)
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self.http.aclose()

    async def classify(
        self,
        image: Image,
        *,
        model: str | None = None,
        version: int | str | None = None,
        top_k: int | None = None,
        min_probability: float | None = None,
        timeout: float | None = None,
    ) -> ClassifiedImage:
        """As Taxon.classify."""
        return single(
            await self.classify_all(
                [image], model=model, version=version, top_k=top_k, min_probability=min_probability, timeout=timeout
            )
        )

    async def classify_all(
        self,
        images: Sequence[Image],
        *,
        model: str | None = None,
        version: int | str | None = None,
        top_k: int | None = None,
        min_probability: float | None = None,
        timeout: float | None = None,
    ) -> Classifications:
        """As Taxon.classify_all."""
        with ExitStack() as files:
            parts = [open_image(image, files) for image in images]
            query = query_of(model, version, top_k, min_probability)
            async with asyncio.timeout(timeout or self._timeout):
                answer = await self._call("POST", "/v1/classify", params=query, files=parts)
        return cast(Classifications, answer)

    async def upload_folder(
        self,
        folder: str | os.PathLike[str],
        *,
        dataset: str | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,
    ) -> Uploaded:
        """As Taxon.upload_folder."""
        uploaded = Uploaded(dataset or dataset_of(folder))
        path = f"/v1/admin/datasets/{uploaded.dataset}"
        async with asyncio.timeout(timeout):
            await self._call("PUT", path)
            for batch in batches_of(folder):
                with ExitStack() as files:
                    parts = batch.open(files)
                    answer = await self._call("POST", f"{path}/images", params=batch.params, files=parts)
                uploaded = uploaded.plus(cast(UploadResult, answer))
                if on_progress:
                    on_progress(uploaded)
        return uploaded

    async def train(self, *, timeout: float | None = None, **request: Unpack[NewTraining]) -> Training:
        """As Taxon.train."""
        async with asyncio.timeout(timeout or self._timeout):
            headers = {"idempotency-key": str(uuid.uuid4())}
            return cast(Training, await self._call("POST", "/v1/admin/retrain", json=request, headers=headers))

    async def training_events(self, training_id: str, *, last_event_id: int = 0) -> AsyncIterator[TrainingEvent]:
        """As Taxon.training_events; asyncio.timeout() around it limits its time."""
        while True:
            async with self.http.stream(
                "GET",
                f"/v1/admin/trainings/{training_id}/events",
                headers={"last-event-id": str(last_event_id)},
                timeout=SILENCE,
            ) as response:
                if response.status_code == 204:
                    return
                if not response.is_success:
                    await response.aread()
                    json_of(response)
                try:
                    async for message in EventSource(response).aiter_sse():
                        event = to_event(message)
                        last_event_id = event.id or last_event_id
                        yield event
                        if event.is_final:
                            return
                except httpx.TransportError:
                    pass
            await asyncio.sleep(pause_before_resuming())

    async def wait_for_training(
        self,
        training_id: str,
        *,
        on_event: Callable[[TrainingEvent], object] | None = None,
        timeout: float | None = None,
    ) -> Training:
        """As Taxon.wait_for_training."""
        async with asyncio.timeout(timeout):
            async for event in self.training_events(training_id):
                if on_event:
                    on_event(event)
            training = cast(Training, await self._call("GET", f"/v1/admin/trainings/{training_id}"))
        if training["state"] != "succeeded":
            raise TrainingFailed(training)
        return training

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        """However long it takes: its caller knows the limit."""
        return json_of(await self.http.request(method, path, timeout=None, **request))
