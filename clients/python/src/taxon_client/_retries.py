"""Calls that are tried again: when the server is busy, and when the connection fails and a second call does no harm."""

import asyncio
import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import cast

import httpx

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
# Whoever is asked to wait for longer, such as until tomorrow, learns it at once.
LONGEST_RETRY_AFTER = 60.0

# Nothing was done, says the server: come back.
BUSY = {429, 503}

# Calls that a second time find what the first did: to classify changes nothing, and equal images are added once.
REPEATABLE_POST = re.compile(
    r"(/v1/(classify|embed)(/base64)?|/v1/admin/datasets/[^/]+/(images|archive)|/v2/models/.+/infer)$"
)
UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError)


def back_off(failures: int) -> float:
    """A random share of 250 ms, 500 ms, 1 s and so on to 10 s: those who were refused together do not come back together."""
    return random.random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**failures)


def seconds_left(request: httpx.Request) -> float:
    """Until the moment of time.monotonic() that the request's extension `deadline` names, if it has one."""
    return cast(float, request.extensions.get("deadline", float("inf"))) - time.monotonic()


class _Attempts:
    """Whether a request is sent once more, and after how many seconds."""

    def __init__(self, request: httpx.Request, retries: int) -> None:
        self._request = request
        self._retries = retries
        self._failures = 0
        self._has_key = "idempotency-key" in request.headers

    def pause_after_answer(self, response: httpx.Response) -> float | None:
        """None: the answer stands."""
        # An idempotency key whose request is still being answered.
        in_progress = response.status_code == 409 and self._has_key and "retry-after" in response.headers
        return self._pause(_retry_after(response)) if response.status_code in BUSY or in_progress else None

    def pause_after_error(self, error: httpx.TransportError) -> float | None:
        """None: the error stands."""
        repeatable = (
            self._request.method != "POST"
            or self._has_key
            or REPEATABLE_POST.search(self._request.url.path) is not None
        )
        again = isinstance(error, UNCONNECTED) or (repeatable and isinstance(error, BROKEN))
        return self._pause(0.0) if again else None

    def _pause(self, retry_after: float) -> float | None:
        pause = retry_after + back_off(self._failures)
        self._failures += 1
        if self._failures > self._retries or retry_after > LONGEST_RETRY_AFTER or pause > seconds_left(self._request):
            return None
        return pause


def _retry_after(response: httpx.Response) -> float:
    """Seconds that Retry-After asks for, as a number or as a date; 0 without one."""
    value = response.headers.get("retry-after", "0")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _limit(request: httpx.Request) -> None:
    """No wait on the network is longer than what is left of the call's time."""
    left = seconds_left(request)
    if left <= 0:
        raise httpx.ReadTimeout("the time for the call is up", request=request)
    if left < float("inf"):
        timeouts = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {name: min(left, left if at is None else at) for name, at in timeouts.items()}


class _LimitedStream(httpx.SyncByteStream):
    """A body that is not read past its call's time, however slowly it comes."""

    def __init__(self, stream: httpx.SyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if seconds_left(self._request) <= 0:
                raise httpx.ReadTimeout("the time for the call is up", request=self._request)
            yield chunk

    def close(self) -> None:
        self._stream.close()


class RetryTransport(httpx.BaseTransport):
    """Sends through `inner`, and again up to `retries` times."""

    def __init__(self, inner: httpx.BaseTransport, retries: int) -> None:
        self._inner = inner
        self._retries = retries

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        attempts = _Attempts(request, self._retries)
        while True:
            _limit(request)
            try:
                response = self._inner.handle_request(request)
            except httpx.TransportError as error:
                pause = attempts.pause_after_error(error)
                if pause is None:
                    raise
            else:
                pause = attempts.pause_after_answer(response)
                if pause is None:
                    assert isinstance(response.stream, httpx.SyncByteStream)
                    response.stream = _LimitedStream(response.stream, request)
                    return response
                response.close()
            time.sleep(pause)

    def close(self) -> None:
        self._inner.close()


class AsyncRetryTransport(httpx.AsyncBaseTransport):
    """As RetryTransport. The time of a call is kept by whoever awaits it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, retries: int) -> None:
        self._inner = inner
        self._retries = retries

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        attempts = _Attempts(request, self._retries)
        while True:
            try:
                response = await self._inner.handle_async_request(request)
            except httpx.TransportError as error:
                pause = attempts.pause_after_error(error)
                if pause is None:
                    raise
            else:
                pause = attempts.pause_after_answer(response)
                if pause is None:
                    return response
                await response.aclose()
            await asyncio.sleep(pause)

    async def aclose(self) -> None:
        await self._inner.aclose()
