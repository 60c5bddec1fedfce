"""The status for people: a line for each thing that somebody in the field asks about."""

from collections.abc import Mapping

Found = Mapping[str, object]


def lines(found: Found) -> list[str]:
    """Return what ``status`` found, told in words."""
    shown = {
        "device": f"{found['controller_id'] or 'not enrolled'} ({found['target'] or '-'})",
        "service": found["poll_url"] or "-",
        "runs": _runs(found),
        "slots": _slots(found),
        "update": _update(found),
        "outcome": found["last_outcome"] or "-",
        "visit": _visit(found),
        "clock": _clock(found),
        "waiting": f"{found['windows_waiting']} windows, {found['undelivered']} outcomes",
        "memory": "one of its two files is damaged" if found["state_damaged"] else "sound",
    }
    return [f"{name:<9} {what}" for name, what in shown.items()]


def _runs(found: Found) -> str:
    slot = found["trial"] or found["active"] or "-"
    what = f"{_named(found['running'])}, slot {slot}"
    if found["given_up"]:
        return f"{what}, not started: it ended the agent {found['starts']} times"
    return f"{what}, on trial" if found["trial"] else what


def _slots(found: Found) -> str:
    slots = found["slots"]
    if not isinstance(slots, Mapping) or not slots:
        return "both empty"
    return ", ".join(f"{slot}: {_named(held)}" for slot, held in slots.items())


def _update(found: Found) -> str:
    shown = str(found["phase"])
    target = found["updating_to"]
    if isinstance(target, Mapping):
        shown += f" {_named(target)}, {found['fetched_bytes']} of {target['length']} bytes here"
    return f"{shown}; held by the hold file" if found["held"] else shown


def _visit(found: Found) -> str:
    visit = found["visit"]
    if not isinstance(visit, Mapping):
        return "no note of one; the agent does not run, or has no runtime folder"
    due = visit["next_in_seconds"]
    when = f"next in {due} s" if due >= 0 else f"next was due {-due} s ago; does the agent run?"
    lost = f"; {visit['windows_lost']} windows lost" if visit["windows_lost"] else ""
    failed = f" failed: {str(visit['error']).rstrip('.')}" if visit["error"] else ""
    return f"{visit['seconds_ago']} s ago{failed}; {when}{lost}"


def _clock(found: Found) -> str:
    clock = found["clock"]
    assert isinstance(clock, Mapping)  # noqa: S101 - the caller is status
    if clock["believed"]:
        return str(clock["now"])
    return f"{clock['now']}, not believed: expiry is judged by {clock['newest_signature']}"


def _named(held: object) -> str:
    return f"{held['model']} {held['version']}" if isinstance(held, Mapping) else "no model"
