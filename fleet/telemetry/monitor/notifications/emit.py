"""From news to messages: one row for each destination that listens, in the news's transaction."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fleet.lib import clock
from fleet.lib.canonical import canonical_json
from fleet.lib.jobs import enqueue
from fleet.telemetry.models import Delivery, Destination
from fleet.telemetry.monitor.notifications.events import EventType

log = logging.getLogger(__name__)
SEND_TASK: Final = "fleet.telemetry.tasks.deliveries_send"
PAYLOAD_MAX: Final = 16 * 1024  # bytes; the specification advises less than 20 kB
TEXT_MAX: Final = 500  # characters of a text in a message
LIST_MAX: Final = 100  # entries of a list in a message


def emit(
    event: EventType,
    subject: str,
    data: Mapping[str, Any],
    *,
    to: Iterable[Destination] | None = None,
) -> list[Delivery]:
    """Write a message to each enabled destination that listens to the event, or to those given.

    They are sent once the transaction has committed.
    """
    listening = Destination.objects.filter(enabled=True) if to is None else to
    chosen = [each for each in listening if to is not None or event.name in each.events]
    if not chosen:
        return []
    payload = message(event, data)
    made = [
        Delivery.objects.create(
            destination=each, event=event.name, subject=subject, payload=payload
        )
        for each in chosen
    ]
    enqueue(SEND_TASK)
    return made


def message(event: EventType, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as the specification advises: type, timestamp, data; of bounded size."""
    body = {"type": event.name, "timestamp": clock.now().isoformat(), "data": bounded(data)}
    if len(canonical_json(body)) > PAYLOAD_MAX:
        log.warning("the data of %s is too large and was left out", event.name)
        body["data"] = {"id": str(data.get("id", ""))[:TEXT_MAX], "left_out": True}
    return body


def bounded(value: Any) -> Any:
    """Return the value with long texts and lists cut off, and floats as canonical JSON has them."""
    if isinstance(value, str):
        return value[:TEXT_MAX]
    if isinstance(value, Mapping):
        return {str(key)[:TEXT_MAX]: bounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(each) for each in value[:LIST_MAX]]
    if isinstance(value, float):
        return str(value)
    return value
