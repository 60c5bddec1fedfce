"""An outcome as JSON, and as text for people."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from fleet.telemetry.judgement.guard import Look, Reading
from fleet.telemetry.replay.folder import Folder
from fleet.telemetry.replay.run import Outcome

DEVICES_TOLD = 5  # of an incident, in text


def report(folder: Folder, outcome: Outcome) -> dict[str, Any]:
    """Return plain JSON; indices are of windows, devices are named as in labels.json."""
    names = folder.names
    return {
        "incidents": [
            {
                "level": each.level,
                "cause": _cause(each.level, each.cause, names),
                "devices": [names[device] for device in each.devices],
                "opened": each.opened,
                "closed": each.closed,
                "evidence": dict(each.evidence),
            }
            for each in outcome.incidents
        ],
        "device_alarms": [
            {
                "device": names[each.device],
                "opened": each.opened,
                "closed": each.closed,
                "explained_by": each.explained_by,
                **each.evidence(),
            }
            for each in outcome.alarms
        ],
        "verdicts": [[at, str(look.state), list(look.reasons)] for at, look in outcome.looks],
        "readings": [_reading(each) for each in _last(outcome)],
        "windows_per_step": outcome.step_windows,
        "notes": outcome.notes,
    }


def text(found: dict[str, Any]) -> Iterator[str]:
    """Yield lines."""
    yield f"{len(found['incidents'])} incidents, {len(found['device_alarms'])} device alarms"
    for each in found["incidents"]:
        until = "still open" if each["closed"] is None else f"closed in window {each['closed']}"
        more = len(each["devices"]) - DEVICES_TOLD
        who = ", ".join(str(name) for name in each["devices"][:DEVICES_TOLD])
        who += f" and {more} more" if more > 0 else ""
        facts = ", ".join(f"{key} {value}" for key, value in each["evidence"].items())
        yield f"{each['level']} {each['cause']}: window {each['opened']}, {until}; {who}; {facts}"
    last = ""
    for at, state, reasons in found["verdicts"]:
        if state != last:
            yield f"rollout in window {at}: {state}: {'; '.join(reasons)}"
        last = state
    yield from found["notes"]


def _cause(level: str, cause: str, names: tuple[str | int, ...]) -> str:
    if level != "device":
        return cause
    number, _, rest = cause.partition(" ")
    return f"{names[int(number)]} {rest}".strip()


def _finite(value: float) -> float | None:
    return round(float(value), 5) if isfinite(value) else None


def _last(outcome: Outcome) -> tuple[Reading, ...]:
    look: Look | None = outcome.looks[-1][1] if outcome.looks else None
    return look.readings if look else ()


def _reading(each: Reading) -> dict[str, Any]:
    return {
        "metric": each.metric.name,
        "change": _finite(each.change),
        "half_width": _finite(each.to_fail),
        "liar": _finite(each.liar),
        "margin": each.metric.margin,
    }
