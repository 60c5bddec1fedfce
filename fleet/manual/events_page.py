"""The page of events: every name that a destination can meet, with an example of its message."""

import json
from datetime import UTC, datetime
from typing import Final

from fleet.telemetry.monitor.notifications.events import EVENTS, EventType

AT: Final = datetime(2026, 1, 31, 8, tzinfo=UTC)
HEAD: Final = """# Events

What destinations are sent, by name: over a webhook as JSON, by mail as lines. [Alerts](alerts.md)
says how to make a destination, and how a receiver checks a signature.

| event | when | may be listened to |
|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    rows = "".join(
        f"| `{each.name}` | {each.sentence} | {'yes' if each.chosen else 'no, it is sent'} |\n"
        for each in EVENTS
    )
    return HEAD + rows + "".join(map(_example, EVENTS))


def _example(event: EventType) -> str:
    body = {"type": event.name, "timestamp": AT.isoformat(), "data": event.example}
    return f"\n## {event.name}\n\n```json\n{json.dumps(body, indent=2)}\n```\n"
