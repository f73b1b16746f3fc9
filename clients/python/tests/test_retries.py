"""What is sent again, and when: against answers that are made here."""

import time
from collections.abc import Callable

import httpx
import pytest

from taxon_client import AsyncTaxon, Taxon, TaxonError

ANSWER = {
    "model": {"name": "m", "version": 1},
    "results": [{"width": 1, "height": 1, "predictions": []}],
    "timing": {"decodeMs": 1, "queueMs": 1, "inferenceMs": 1},
}
BUSY = {"code": "overloaded", "detail": "busy"}


def failing(*failures: httpx.Response | Exception) -> tuple[Callable[[httpx.Request], httpx.Response], list[bytes]]:
    """Fails with these in turn and then answers; the bodies that came are in the list."""
    bodies: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        if len(bodies) > len(failures):
            return httpx.Response(200, json=ANSWER)
        failure = failures[len(bodies) - 1]
        if isinstance(failure, Exception):
            raise failure
        return failure

    return handle, bodies


def test_a_busy_server_is_asked_again_after_the_time_that_it_names() -> None:
    handle, bodies = failing(httpx.Response(429, headers={"retry-after": "1"}), httpx.Response(503))
    start = time.monotonic()
    Taxon(transport=httpx.MockTransport(handle)).classify(b"image")
    assert time.monotonic() - start >= 1
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2] and b"image" in bodies[0]


async def test_so_does_the_client_for_asyncio() -> None:
    handle, bodies = failing(httpx.Response(429, headers={"retry-after": "1"}), httpx.ReadError("lost"))
    start = time.monotonic()
    await AsyncTaxon(transport=httpx.MockTransport(handle)).classify(b"image")
    assert time.monotonic() - start >= 1
    assert len(bodies) == 3


def test_there_is_an_end_to_it() -> None:
    handle, bodies = failing(*(httpx.Response(503, json=BUSY) for _ in range(9)))
    with pytest.raises(TaxonError, match="overloaded"):
        Taxon(transport=httpx.MockTransport(handle), retries=2).classify(b"image")
    assert len(bodies) == 3


def test_who_is_told_to_come_back_tomorrow_or_after_the_deadline_learns_it_at_once() -> None:
    for seconds in ("40000", "30"):
        handle, bodies = failing(httpx.Response(429, json=BUSY, headers={"retry-after": seconds}))
        with pytest.raises(TaxonError):
            Taxon(transport=httpx.MockTransport(handle)).classify(b"image", timeout=5)
        assert len(bodies) == 1


def test_a_lost_connection_is_no_loss_to_a_training_which_has_a_key_that_stays() -> None:
    keys: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadError("lost")
        if len(keys) == 2:
            return httpx.Response(409, json=BUSY, headers={"retry-after": "0"})
        return httpx.Response(202, json={"id": "one"})

    assert Taxon(transport=httpx.MockTransport(handle)).train(dataset="d", model="m")["id"] == "one"
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_body_that_drips_is_not_read_past_the_deadline() -> None:
    class Drip(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                time.sleep(0.05)
                yield b" "

    client = Taxon(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip())))
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        client.classify(b"image", timeout=0.3)
    assert time.monotonic() - start < 2


async def test_the_deadline_ends_all_attempts_for_asyncio() -> None:
    handle, _ = failing(*(httpx.Response(503, headers={"retry-after": "30"}) for _ in range(9)))
    with pytest.raises(TimeoutError):
        await AsyncTaxon(transport=httpx.MockTransport(handle)).classify(b"image", timeout=0.2)
