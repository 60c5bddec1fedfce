"""What ends a command early, with which exit code, and what an error answer (RFC 9457) says.

0: done. 1: it was done and came out badly (a build failed, a rollout was aborted, a chain is
broken). 2: the service or the command line refused. 3: the service could not be reached or broke
down.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

SENTENCE_MAX: Final = 500  # characters
PHRASES: Final = {
    401: "The token is missing, expired or revoked: run `edgefleet login` again.",
    404: "There is nothing here; is the address of the service right?",
    413: "The service takes no body of this size.",
}


class CliError(Exception):
    """Root: one sentence for standard error, and the exit code."""

    exit_code: ClassVar[int] = 1


class FailedOutcome(CliError):
    """The work was done, and its result is bad."""

    exit_code = 1


class RequestRefused(CliError):
    """The request is wrong or not allowed; sending it again changes nothing."""

    exit_code = 2

    def __init__(
        self, message: str, *, code: str = "", problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.problem = dict(
            problem or {}
        )  # what else the service said, such as the id that is taken


class Unreachable(CliError):
    """The service does not answer, or answers that it cannot work now."""

    exit_code = 3


def problem_sentence(status: int, body: Any) -> str:
    """Return what went wrong, in one sentence, never longer than `SENTENCE_MAX`."""
    detail = body.get("detail") if isinstance(body, dict) else None
    text = detail if isinstance(detail, str) and detail.strip() else PHRASES.get(status)
    text = text or f"The service answered with status {status}."
    return " ".join(text.split())[:SENTENCE_MAX]


def problem_code(body: Any) -> str:
    """Return the stable word of the problem, or nothing."""
    found = body.get("code") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
