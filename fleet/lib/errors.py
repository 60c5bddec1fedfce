"""The error tree. Services raise these; one handler turns them into RFC 9457 problem details.

Guarantees: `message` is one clear sentence that may be shown to the caller, so it never holds a
secret. `code` is a stable word for programs. `retryable` says whether the same call may succeed
later. `extra["field"]` names the member of the input that the sentence is about, where it is one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

FIELD: Final = "field"  # in an error's extra: what the sentence is about


class FleetError(Exception):
    """Root of everything that the service refuses or fails on purpose."""

    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, code: str | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code
        self.extra: dict[str, Any] = dict(extra or {})


class Refused(FleetError):
    """The input is wrong: unreadable, of the wrong format, or out of range."""

    http_status = 400
    code = "refused"


class Unauthenticated(FleetError):
    """Nobody known is calling, or the credential is expired or revoked."""

    http_status = 401
    code = "unauthenticated"


class Forbidden(FleetError):
    """The caller is known and may not do this."""

    http_status = 403
    code = "forbidden"


class NotFound(FleetError):
    """There is no such thing, or the caller may not know of it."""

    http_status = 404
    code = "not_found"


class Conflict(FleetError):
    """The state of the thing does not allow this."""

    http_status = 409
    code = "conflict"


class Stale(Conflict):
    """Somebody else changed it first: read again, then decide again."""

    code = "stale"


class Gone(FleetError):
    """It existed and will not come back."""

    http_status = 410
    code = "gone"


class PreconditionFailed(FleetError):
    """An If-Match or If-None-Match condition does not hold."""

    http_status = 412
    code = "precondition_failed"


class PreconditionRequired(FleetError):
    """What cannot be undone is done with If-Match only."""

    http_status = 428
    code = "precondition_required"


class TooLarge(FleetError):
    """More bytes than the named limit."""

    http_status = 413
    code = "too_large"


class Unprocessable(FleetError):
    """Well-formed, and still impossible: a rule of the domain says no."""

    http_status = 422
    code = "unprocessable"


class TooManyRequests(FleetError):
    """A rate or quota is used up; `extra["retry_after_seconds"]` tells when to come back."""

    http_status = 429
    code = "too_many_requests"
    retryable = True


class Unavailable(FleetError):
    """A part that this needs does not answer now."""

    http_status = 503
    code = "unavailable"
    retryable = True


@contextmanager
def at_field(name: str) -> Iterator[None]:
    """Say of refusals in the block that they are about a member of the input."""
    try:
        yield
    except FleetError as error:
        error.extra.setdefault(FIELD, name)
        raise
