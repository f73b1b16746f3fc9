"""The events of a training."""

import random
from dataclasses import dataclass
from typing import Any

from httpx_sse import ServerSentEvent

FINAL = {"succeeded", "failed", "cancelled"}

# A stream is never quiet for longer than 10 s: the server sends comments.
SILENCE = 30.0


@dataclass(frozen=True)
class TrainingEvent:
    """`kind` is one of queued, stage, progress, epoch, trial, succeeded, failed and cancelled; or removed, without an id, which comes first
    when the server has dropped old events. `data["at"]` is when it happened; the rest goes by kind: stage, done and total, epoch and
    epochs, etaSeconds."""

    id: int | None
    kind: str
    data: dict[str, Any]

    @property
    def is_final(self) -> bool:
        return self.kind in FINAL


def to_event(message: ServerSentEvent) -> TrainingEvent:
    return TrainingEvent(int(message.id) if message.id else None, message.event, message.json())


def pause_before_resuming() -> float:
    """Seconds before a stream that broke off is taken up again."""
    return 0.5 + random.random() / 2
