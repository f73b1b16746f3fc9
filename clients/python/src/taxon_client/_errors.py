"""What the client raises when the server refuses, or a training does not succeed."""

from typing import Any, cast

import httpx

from .models import Problem, Training


class TaxonError(Exception):
    """The server's refusal: `status`, and `problem` unless an intermediary answered in the server's place."""

    def __init__(self, status: int, problem: Problem | None) -> None:
        super().__init__(f"{problem['code']}: {problem['detail']}" if problem else f"status {status}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str | None:
        """A stable word, such as `unknown_model`: see docs/errors.md of the server."""
        return self.problem["code"] if self.problem else None


class TrainingFailed(Exception):
    """A training that was waited for has failed or was cancelled: see `training`."""

    def __init__(self, training: Training) -> None:
        error = training["error"]
        super().__init__(f"{error['code']}: {error['detail']}" if error else f"the training was {training['state']}")
        self.training = training


def json_of(response: httpx.Response) -> Any:
    """The JSON of a 2xx answer, which has been read. Raises TaxonError for any other."""
    if response.is_success:
        return response.json()
    raise TaxonError(response.status_code, _problem_of(response))


def _problem_of(response: httpx.Response) -> Problem | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return cast(Problem, body) if isinstance(body, dict) and {"code", "detail"} <= body.keys() else None
