"""What ends a command early, and with which exit code.

0: done. 1: it was done and came out badly (a build failed, a rollout was aborted, a chain is
broken). 2: the service or the command line refused. 3: the service could not be reached or broke
down.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class CliError(Exception):
    """Root: one sentence for standard error, and the exit code."""

    exit_code: ClassVar[int] = 1


class FailedOutcome(CliError):
    """The work was done, and its result is bad."""

    exit_code = 1


class Refused(CliError):
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
