"""Both clients against the real server."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import KEY

from taxon_client import AsyncTaxon, Taxon, TaxonError, TrainingEvent, TrainingFailed
from taxon_client._files import meaning_of


@pytest.fixture
def taxon(server: str) -> Iterator[Taxon]:
    with Taxon(server, api_key=KEY) as client:
        yield client


def test_path_bytes_and_open_files_are_classified_alike(taxon: Taxon, photos: Path) -> None:
    path = photos / "red" / "0.png"
    by_path = taxon.classify(path, top_k=3)
    assert by_path["filename"] == "0.png"
    assert by_path["model"] == {"name": "clothing", "version": 1}
    assert len(by_path["predictions"]) == 3
    for image in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert taxon.classify(image, top_k=3)["predictions"] == by_path["predictions"]


def test_of_several_images_one_that_is_none_has_an_error_in_its_place(taxon: Taxon, photos: Path) -> None:
    good, bad = taxon.classify_all([photos / "red" / "0.png", b"no image"])["results"]
    assert "predictions" in good
    assert bad["error"]["code"] == "unsupported_image"


def test_a_refusal_is_an_error_with_the_code_of_the_problem(taxon: Taxon, photos: Path) -> None:
    with pytest.raises(TaxonError, match="unknown_model") as refused:
        taxon.classify(photos / "red" / "0.png", model="nothing")
    assert (refused.value.status, refused.value.code) == (404, "unknown_model")


class Cutting(httpx.HTTPTransport):
    """Breaks the first two streams of events off after their second chunk."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path.endswith("/events"):
            self.asked.append(int(request.headers["last-event-id"]))
            if len(self.asked) <= 2:
                assert isinstance(response.stream, httpx.SyncByteStream)
                response.stream = CutStream(response.stream)
        return response


class CutStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for number, chunk in enumerate(self._stream):
            if number == 2:
                yield chunk[: len(chunk) // 2]
                raise httpx.ReadError("cut")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def test_a_folder_becomes_a_classifier_over_connections_that_break(server: str, taxon: Taxon, photos: Path) -> None:
    seen: list[int] = []
    uploaded = taxon.upload_folder(photos, on_progress=lambda so_far: seen.append(so_far.files))
    assert (uploaded.dataset, uploaded.files, uploaded.added) == ("photos", 37, 36)
    assert [failure["filename"] for failure in uploaded.failures] == ["red/broken.png"]
    assert len(seen) == 3 and seen[-1] == 37
    assert taxon.upload_folder(photos, dataset="photos").duplicates == 36

    training = taxon.train(dataset="photos", model="photos", activate="always")
    transport = Cutting()
    events: list[TrainingEvent] = []
    with Taxon(server, api_key=KEY, transport=transport) as client:
        done = client.wait_for_training(training["id"], on_event=events.append)
    assert done["state"] == "succeeded"
    ids = [event.id or 0 for event in events]
    assert ids == sorted(set(ids)), "each once, in order"
    assert len(transport.asked) == 3
    assert transport.asked[0] == 0 and all(asked in ids for asked in transport.asked[1:])
    assert (events[0].kind, events[-1].kind) == ("queued", "succeeded")
    assert list(taxon.training_events(training["id"], last_event_id=ids[-1])) == []
    best, *_ = taxon.classify(photos / "blue" / "3.png", model="photos")["predictions"]
    assert best["label"] == "blue"

    cancelled = taxon.train(dataset="photos", model="photos")
    taxon.http.delete(f"/v1/admin/trainings/{cancelled['id']}").raise_for_status()
    with pytest.raises(TrainingFailed) as failed:
        taxon.wait_for_training(cancelled["id"], timeout=60)
    assert failed.value.training["state"] == "cancelled"


async def test_the_client_for_asyncio_does_the_same(server: str, photos: Path) -> None:
    async with AsyncTaxon(server, api_key=KEY) as taxon:
        images: list[Path | bytes] = [photos / "red" / "0.png", (photos / "green" / "0.png").read_bytes()]
        results = await asyncio.gather(*(taxon.classify(image) for image in images))
        assert all(len(result["predictions"]) == 5 for result in results)
        with pytest.raises(TaxonError, match="unknown_model"):
            await taxon.classify(images[0], model="nothing")
        assert (await taxon.upload_folder(photos, dataset="async")).added == 36
        training = await taxon.train(dataset="async", model="async", activate="always")
        kinds = [event.kind async for event in taxon.training_events(training["id"])]
        assert (kinds[0], kinds[-1]) == ("queued", "succeeded")
        assert (await taxon.wait_for_training(training["id"], timeout=60))["version"] == 1


@pytest.mark.parametrize(
    ("path", "meaning"),
    [
        ("cat/1.jpg", ("cat", None)),
        ("TRAIN/cat/deep/1.jpg", ("cat", "train")),
        ("photos/valid/dog/1.png", ("dog", "validation")),
        ("photos/dog/1.heic", ("dog", None)),
        ("test/1.png", None),
        ("1.png", None),
        ("cat/.hidden.png", None),
        ("cat/notes.txt", None),
    ],
)
def test_files_of_a_folder_mean_what_they_mean_in_an_archive(path: str, meaning: object) -> None:
    assert meaning_of(path) == meaning
