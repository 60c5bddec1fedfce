"""Destinations as people keep them; each act has its audit entry.

Guarantees: a webhook's secret is shown when it is made and never again; an address is checked
before it is kept.
"""

from collections.abc import Collection
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.db.sealed import SealPurpose, seal
from fleet.lib.errors import Conflict, Refused, at_field
from fleet.lib.jobs import enqueue
from fleet.telemetry.choices import DeliveryState, DestinationKind
from fleet.telemetry.models import Delivery, Destination
from fleet.telemetry.monitor.notifications.addresses import (
    is_allowed,
    is_literal,
    networks,
    parsed_url,
)
from fleet.telemetry.monitor.notifications.emit import SEND_TASK, emit
from fleet.telemetry.monitor.notifications.events import CHOSEN, TEST
from fleet.telemetry.monitor.notifications.signature import new_webhook_secret

MAILS_MAX: Final = 10  # addresses of one destination
DESTINATIONS_MAX: Final = 100
HINT_LENGTH: Final = 10  # characters of a secret that lists show


@transaction.atomic
def destination_create(
    *, name: str, kind: str, address: str, events: Collection[str] = (), by: Actor
) -> tuple[Destination, str]:
    """Return the destination and its secret; an e-mail destination has an empty one.

    Raises Refused for an address that cannot be, Conflict for a name that is taken.
    """
    with at_field("address"):
        checked = _checked_address(kind, address)
    if Destination.objects.count() >= DESTINATIONS_MAX:
        raise Conflict(f"There are {DESTINATIONS_MAX} destinations: delete one first.")
    row = Destination(
        name=_checked_name(name), kind=kind, address=checked, events=_checked_events(events)
    )
    secret = _give_secret(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(
            f"There is already a destination {row.name!r}.", extra={"field": "name"}
        ) from error
    _record(row, "create", by, kind=kind, events=row.events)
    return row, secret


@transaction.atomic
def destination_edit(
    *,
    destination: Destination,
    by: Actor,
    address: str | None = None,
    events: Collection[str] | None = None,
) -> Destination:
    """Change where it lies or what it listens to. Raises Refused."""
    changes: dict[str, Any] = {}
    if address is not None:
        with at_field("address"):
            changes["address"] = _checked_address(destination.kind, address)
    if events is not None:
        changes["events"] = _checked_events(events)
    compare_and_set(Destination.objects.filter(pk=destination.pk), **changes)
    destination.refresh_from_db()
    _record(destination, "edit", by, changed=sorted(changes), events=destination.events)
    return destination


@transaction.atomic
def destination_enable(*, destination: Destination, by: Actor) -> Destination:
    """Call it again; what waits is sent now. Raises Conflict."""
    off = Destination.objects.filter(pk=destination.pk, enabled=False)
    if not compare_and_set(off, enabled=True, disabled_reason="", failures=0):
        raise Conflict("This destination is enabled already.")
    _record(destination, "enable", by)
    enqueue(SEND_TASK)
    destination.refresh_from_db()
    return destination


@transaction.atomic
def destination_disable(*, destination: Destination, by: Actor) -> Destination:
    """Call it no more; what waits is kept. Raises Conflict."""
    reason = f"Disabled by {by.label}."[:300]
    live = Destination.objects.filter(pk=destination.pk, enabled=True)
    if not compare_and_set(live, enabled=False, disabled_reason=reason):
        raise Conflict("This destination is disabled already.")
    _record(destination, "disable", by, reason=reason)
    destination.refresh_from_db()
    return destination


@transaction.atomic
def destination_rotate(*, destination: Destination, by: Actor) -> str:
    """Return a new secret; the one before signs nothing from now on. Raises Conflict."""
    if destination.kind != DestinationKind.WEBHOOK:
        raise Conflict("An e-mail destination has no secret.")
    secret = _give_secret(destination)
    mine = Destination.objects.filter(pk=destination.pk)
    compare_and_set(mine, secret=destination.secret, hint=destination.hint)
    _record(destination, "rotate", by)
    return secret


@transaction.atomic
def destination_test(*, destination: Destination, by: Actor) -> Delivery:
    """Send a test message. Raises Conflict where it is disabled."""
    if not destination.enabled:
        raise Conflict("This destination is disabled: enable it first.")
    data = {"destination": destination.public_id, "by": by.label}
    (row,) = emit(TEST, destination.public_id, data, to=[destination])
    _record(destination, "test", by)
    return row


@transaction.atomic
def destination_delete(*, destination: Destination, by: Actor) -> None:
    """Remove it with its messages."""
    _record(destination, "delete", by, name=destination.name)
    destination.delete()


@transaction.atomic
def delivery_redeliver(*, delivery: Delivery, by: Actor) -> Delivery:
    """Send a message again, under the same id. Raises Conflict for one that is on its way."""
    over = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.WAITING)
    again = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": clock.now()}
    if not compare_and_set(over, **again, delivered_at=None):
        raise Conflict("This message is on its way already.")
    audit.record(
        by=by,
        action="telemetry.delivery_redeliver",
        subject=delivery.public_id,
        detail={"destination": delivery.destination.public_id},
    )
    enqueue(SEND_TASK)
    delivery.refresh_from_db()
    return delivery


def _give_secret(row: Destination) -> str:
    if row.kind != DestinationKind.WEBHOOK:
        return ""
    secret = new_webhook_secret()
    row.secret, row.hint = seal(secret, row.public_id, SealPurpose.WEBHOOK), secret[:HINT_LENGTH]
    return secret


def _checked_name(name: str) -> str:
    if not name.strip() or name != name.strip() or "/" in name:
        raise Refused(
            "A destination needs a name, without spaces at its ends and without '/'.",
            extra={"field": "name"},
        )
    return name


def _checked_events(events: Collection[str]) -> list[str]:
    if unknown := sorted(set(events) - set(CHOSEN)):
        raise Refused(
            f"The event {unknown[0][:40]!r} cannot be listened to; known are {', '.join(CHOSEN)}.",
            extra={"field": "events"},
        )
    return [name for name in CHOSEN if name in events]


def _checked_address(kind: str, address: str) -> str:
    if kind == DestinationKind.WEBHOOK:
        host = parsed_url(address, plain=settings.EDGEFLEET_WEBHOOK_HTTP).hostname or ""
        allowed = networks(settings.EDGEFLEET_WEBHOOK_NETWORKS)
        if is_literal(host) and not is_allowed(host, allowed):
            raise Refused(
                f"{host[:60]} is an address of this service's own networks: name its network in "
                "EDGEFLEET_WEBHOOK_NETWORKS, or give another URL."
            )
        return address
    mails = [each.strip() for each in address.split(",")]
    if not 1 <= len(mails) <= MAILS_MAX:
        raise Refused(f"An e-mail destination has 1 to {MAILS_MAX} addresses.")
    for each in mails:
        try:
            validate_email(each)
        except ValidationError as error:
            raise Refused(f"{each[:100]!r} is not an e-mail address.") from error
    return ", ".join(mails)


def _record(row: Destination, act: str, by: Actor, **detail: Any) -> None:
    action = f"telemetry.destination_{act}"
    audit.record(by=by, action=action, subject=row.public_id, detail={"name": row.name, **detail})
