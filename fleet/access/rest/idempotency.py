"""`Idempotency-Key`: a POST that is sent twice happens once, and both get the same answer.

Guarantees: the effect and the stored answer are one transaction (but see `atomic`). Same key and
same request: the stored answer, marked `Idempotent-Replayed: true`. Same key and another request:
422. Still running: 409 with Retry-After. A call that was refused or crashed leaves nothing, so that
it may be tried again. A process that died inside a call loses its lease after `LEASE`, and the next
one takes the call over. A key lives 24 hours and belongs to one caller.
"""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final, TypeVar, overload

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.choices import CallState
from fleet.access.models import IdempotencyKey
from fleet.access.models.idempotency import KEY_MAX
from fleet.access.rest.fingerprint import fingerprint_of
from fleet.lib import clock
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale, Unprocessable

HEADER: Final = "Idempotency-Key"
LIFE: Final = timedelta(hours=24)
# Short, so that the call of a process that died is soon taken over. A slower one that is overtaken
# finds its lease gone when it wants to finish, and is rolled back.
LEASE: Final = timedelta(seconds=30)
RETRY_SECONDS: Final = 5  # what a caller is told whose first copy still runs
HandlerT = TypeVar("HandlerT", bound=Callable[..., Response])


@overload
def idempotent(handler: HandlerT) -> HandlerT: ...


@overload
def idempotent(
    *, redact: tuple[str, ...] = (), atomic: bool = True
) -> Callable[[HandlerT], HandlerT]: ...


def idempotent(handler: Any = None, *, redact: tuple[str, ...] = (), atomic: bool = True) -> Any:
    """Make a view's `post` honour `Idempotency-Key`; fields in `redact` are stored as null.

    Use as `@idempotent` or `@idempotent(redact=("secret",))`. Without the header the handler runs
    as it is. `atomic=False` is for a handler that works long before it writes, such as one that
    reads an upload: SQLite has one writer, and one transaction around it all would keep everybody
    out. Its effect must be unique by itself (a name, a digest), because a process that dies between
    its commit and the stored answer lets the next call run it again.
    """
    how = _How(redact, atomic)
    if handler is None:
        return lambda wrapped: _kept(wrapped, how)
    return _kept(handler, how)


def purge() -> int:
    """Remove keys that have expired and return how many."""
    return IdempotencyKey.objects.filter(expires_at__lte=clock.now()).delete()[0]


@dataclass(frozen=True)
class _How:
    """How a view's calls are kept."""

    redact: tuple[str, ...]
    atomic: bool


def _kept(handler: Callable[..., Response], how: _How) -> Callable[..., Response]:
    @wraps(handler)
    def call(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        if (key := request.headers.get(HEADER)) is None:
            return handler(view, request, *args, **kwargs)
        row = _begin(request, _checked(key))
        if row.state == CallState.DONE:
            return _replay(row)
        return _run(row, lambda: handler(view, request, *args, **kwargs), how)

    call.idempotent = True  # type: ignore[attr-defined]
    return call


def _begin(request: Request, key: str) -> IdempotencyKey:
    """Return a row that is ours to run, or one that is done. Raises Unprocessable or Conflict."""
    actor, now, fingerprint = actor_of(request), clock.now(), fingerprint_of(request)
    fresh = {
        "fingerprint": fingerprint,
        "state": CallState.RUNNING,
        "status": None,
        "body": "",
        "lease_until": now + LEASE,
        "expires_at": now + LIFE,
    }
    row, created = IdempotencyKey.objects.get_or_create(
        caller=f"{actor.kind}:{actor.id}", key=key, defaults=fresh
    )
    if created:
        return row
    expired = row.expires_at <= now
    if not expired and row.fingerprint != fingerprint:
        raise Unprocessable(
            "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
        )
    if row.state == CallState.DONE and not expired:
        return row
    if row.lease_until > now and not expired:
        raise Conflict(
            "The first call with this Idempotency-Key is still running.",
            code="in_progress",
            extra={"retry_after_seconds": RETRY_SECONDS},
        )
    if not compare_and_set(_ours(row), **fresh):
        raise Stale("Another call with this Idempotency-Key was faster.", code="in_progress")
    row.refresh_from_db()
    return row


def _run(row: IdempotencyKey, handle: Callable[[], Response], how: _How) -> Response:
    try:
        with transaction.atomic() if how.atomic else nullcontext():
            response = handle()
            if response.status_code < 400:
                _finish(row, response, how)
            elif how.atomic:
                transaction.set_rollback(True)
    except BaseException:
        _ours(row).delete()
        raise
    if response.status_code >= 400:
        _ours(row).delete()
    return response


def _finish(row: IdempotencyKey, response: Response, how: _How) -> None:
    data = response.data
    if how.redact and isinstance(data, dict):
        data = data | dict.fromkeys(how.redact)
    done = {"state": CallState.DONE, "status": response.status_code}
    body = "" if data is None else JSONRenderer().render(data).decode()
    if not compare_and_set(_ours(row), **done, body=body) and how.atomic:
        # Our lease ran out and another call took over: what we did is rolled back, theirs counts.
        raise Stale("This call took too long and was taken over.", code="in_progress")


def _replay(row: IdempotencyKey) -> Response:
    data = json.loads(row.body) if row.body else None
    return Response(data, status=row.status, headers={"Idempotent-Replayed": "true"})


def _ours(row: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(pk=row.pk, lease_until=row.lease_until, state=row.state)


def _checked(key: str) -> str:
    if not (1 <= len(key) <= KEY_MAX and key.isascii() and key.isprintable()):
        raise Refused(f"{HEADER} has 1 to {KEY_MAX} printable ASCII characters.")
    return key
