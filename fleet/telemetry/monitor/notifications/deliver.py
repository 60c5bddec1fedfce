"""Messages on their way: sent when due, tried again with growing pauses, given up in the end.

Guarantees: two workers never send one message at once (a compare-and-set moves its next try before
it is sent); each try is kept with its outcome; a destination that fails for long, or says that it
is gone, is disabled with the reason and is not called again until a person enables it.
"""

import json
import logging
import random
from datetime import datetime, timedelta
from smtplib import SMTPException
from time import monotonic
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from fleet import __version__
from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.db import compare_and_set
from fleet.lib.db.sealed import SealPurpose, unseal
from fleet.lib.errors import FleetError
from fleet.lib.jobs import turns
from fleet.telemetry.choices import DeliveryState, DestinationKind
from fleet.telemetry.models import Delivery, Destination
from fleet.telemetry.monitor.notifications.addresses import networks, parsed_url
from fleet.telemetry.monitor.notifications.emit import SEND_TASK
from fleet.telemetry.monitor.notifications.post import PostFailed, post
from fleet.telemetry.monitor.notifications.signature import BadWebhookSecret, signed_headers

log = logging.getLogger(__name__)
FIRST_SECONDS: Final = 30.0  # before the second try
GROWTH: Final = 4.0  # each pause over the one before
PAUSE_MAX_SECONDS: Final = 6 * 3600.0
JITTER: Final = 0.25  # share of a pause, up or down
ATTEMPTS_MAX: Final = 9  # over about a day
FAILURES_MAX: Final = 30  # tries in a row, of all messages, before a destination is disabled
TRIES_KEPT: Final = 20  # of a message
LEASE: Final = timedelta(seconds=60)  # longer than a try
GONE: Final = 410  # HTTP: the receiver says that it wants no more
DAYS_KEPT: Final = 30  # of a message that is over
PURGE_ROWS: Final = 5000
SENDER: Final = system("notifications")


class Tried(NamedTuple):
    """How a try ended; `status` is of HTTP."""

    sent: bool
    status: int | None
    error: str


def pause_seconds(attempt: int, chance: float) -> float:
    """Return the pause after the n-th try; `chance` from 0 to 1 spreads the tries of many."""
    pause = min(FIRST_SECONDS * GROWTH ** (attempt - 1), PAUSE_MAX_SECONDS)
    return pause * (1 + JITTER * (2 * chance - 1))


def deliveries_send() -> int:
    """Send what is due; return how many tries there were."""
    return turns.drained(SEND_TASK, _send_next)


def deliveries_purge() -> int:
    """Remove messages that are over and old; return how many."""
    old = Delivery.objects.exclude(state=DeliveryState.WAITING)
    old = old.filter(created_at__lt=clock.now() - timedelta(days=DAYS_KEPT))
    keys = list(old.values_list("pk", flat=True)[:PURGE_ROWS])
    return Delivery.objects.filter(pk__in=keys).delete()[0]


def _send_next() -> turns.Batch:
    now = clock.now()
    due = Delivery.objects.filter(
        state=DeliveryState.WAITING, next_at__lte=now, destination__enabled=True
    )
    row = due.select_related("destination").order_by("next_at", "pk").first()
    if row is None:
        return turns.Batch(0, more=False)
    mine = Delivery.objects.filter(pk=row.pk, state=row.state, next_at=row.next_at)
    if compare_and_set(mine, next_at=now + LEASE, attempts=row.attempts + 1):
        row.refresh_from_db()
        started = monotonic()
        outcome = _try(row, now)
        _note(row, outcome, now, round((monotonic() - started) * 1000))
    return turns.Batch(1, more=True)


def _try(row: Delivery, now: datetime) -> Tried:
    try:
        if row.destination.kind == DestinationKind.EMAIL:
            return _mail(row)
        return _post(row, now)
    except (FleetError, PostFailed, BadWebhookSecret) as error:
        return Tried(sent=False, status=None, error=str(error))
    except Exception as error:  # one message that breaks keeps no other from being sent
        log.exception("the message %s broke", row.public_id)
        return Tried(sent=False, status=None, error=f"It stopped by {type(error).__name__}.")


def _post(row: Delivery, now: datetime) -> Tried:
    target = row.destination
    url = parsed_url(target.address, plain=settings.EDGEFLEET_WEBHOOK_HTTP)
    body = json.dumps(row.payload, separators=(",", ":"), sort_keys=True).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": f"edgefleet/{__version__}",
        **signed_headers(
            unseal(target.secret, target.public_id, SealPurpose.WEBHOOK), row.public_id, now, body
        ),
    }
    allowed = networks(settings.EDGEFLEET_WEBHOOK_NETWORKS)
    reply = post(url, body, headers, allowed=allowed)
    sent = 200 <= reply.status < 300
    return Tried(sent, reply.status, "" if sent else f"The answer was {reply.status}.")


def _mail(row: Delivery) -> Tried:
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not settings.EMAIL_HOST:
        return Tried(sent=False, status=None, error="No mail server is known: set EMAIL_HOST.")
    data = row.payload["data"]
    subject = " ".join(f"[EdgeFleet] {row.event} {data.get('cause', row.subject)}".split())
    mail = EmailMessage(
        subject=subject[:200],
        body=mail_text(row.payload),
        to=[each.strip() for each in row.destination.address.split(",")],
        headers={"Message-ID": f"<{row.public_id}@edgefleet>", "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        words = f"The mail server did not take it: {type(error).__name__}."
        return Tried(sent=False, status=None, error=words)
    return Tried(sent=True, status=None, error="")


def mail_text(payload: dict[str, Any]) -> str:
    """Return the message as lines of `name: value`."""
    return "\n".join([f"{payload['type']} at {payload['timestamp']}", "", *_lines(payload["data"])])


def _lines(data: dict[str, Any], before: str = "") -> list[str]:
    found: list[str] = []
    for key, value in data.items():
        if isinstance(value, dict):
            found += _lines(value, f"{before}{key} ")
        elif value not in ("", None, []):
            words = ", ".join(map(str, value)) if isinstance(value, list) else value
            found.append(f"{before}{key}: {words}")
    return found


@transaction.atomic
def _note(row: Delivery, outcome: Tried, now: datetime, took_ms: int) -> None:
    """Keep how the try ended, and when the next one is."""
    told = {"at": now.isoformat(), "status": outcome.status, "error": outcome.error, "ms": took_ms}
    changes: dict[str, Any] = {"tries": [*row.tries, told][-TRIES_KEPT:]}
    if outcome.sent:
        changes |= {"state": DeliveryState.DELIVERED, "delivered_at": now}
    elif row.attempts >= ATTEMPTS_MAX:
        changes["state"] = DeliveryState.FAILED
    else:
        pause = pause_seconds(row.attempts, random.random())  # noqa: S311 - a spread, not a secret
        changes["next_at"] = now + timedelta(seconds=pause)
    compare_and_set(Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING), **changes)
    _note_destination(row.destination, outcome, now)


def _note_destination(target: Destination, outcome: Tried, now: datetime) -> None:
    mine = Destination.objects.filter(pk=target.pk)
    if outcome.sent:
        mine.update(failures=0, last_success_at=now)
        return
    failures = target.failures + 1
    mine.update(failures=failures)
    gone = outcome.status == GONE
    if gone or failures >= FAILURES_MAX:
        why = "It answered that it is gone." if gone else f"{failures} tries in a row failed."
        reason = f"{why} {outcome.error}"[:300]
        if compare_and_set(mine.filter(enabled=True), enabled=False, disabled_reason=reason):
            audit.record(
                by=SENDER,
                action="telemetry.destination_disable",
                subject=target.public_id,
                detail={"reason": reason},
            )
