"""What a device would tell a person who asks: read only, without waking the agent."""

from datetime import UTC, datetime
from pathlib import Path

from device_agent import __version__
from device_agent.clock import Clock
from device_agent.config import Config
from device_agent.errors import NotEnrolled
from device_agent.identity.keys import load_enrolment
from device_agent.state import machine
from device_agent.state.record import AgentState, SlotContent
from device_agent.state.state_store import NAME, StateStore
from device_agent.status import last_contact
from device_agent.storage.durable import Journal
from device_agent.storage.port import Storage
from device_agent.telemetry.spool import FOLDER, SUFFIX
from device_agent.update import download
from device_agent.update.trust import BUILT_AT, trusted_time


def status(storage: Storage, config: Config, clock: Clock) -> dict[str, object]:
    """Return the device's state as a JSON value."""
    store = StateStore.load(storage)
    state = store.state if store else AgentState()
    windows = [name for name in storage.names(FOLDER) if name.endswith(SUFFIX)]
    return {
        "agent_version": __version__,
        **_enrolment(storage),
        "state": "known" if store else "unknown",
        "state_damaged": Journal(storage, NAME).damaged,
        "phase": state.phase,
        "running": _content(state.slots.get(state.running)) if state.running else None,
        "given_up": machine.looping(state),
        "trial": state.trial,
        "slots": {slot: _content(held) for slot, held in sorted(state.slots.items())},
        "active": state.active,
        "updating_to": _content(state.target),
        "fetched_bytes": storage.size(download.PART) or 0,
        "held": bool(config.hold_file) and Path(config.hold_file).exists(),
        "counter": state.floor,
        "starts": state.starts,
        "boot_id": state.boot_id,
        "failed": list(state.failed),
        "undelivered": len(state.outbox),
        "last_outcome": _outcome(state),
        "windows_waiting": len(windows),
        "clock": _clock(state, clock),
        "visit": _visit(config, clock),
    }


def _enrolment(storage: Storage) -> dict[str, object]:
    try:
        enrolment = load_enrolment(storage)
    except NotEnrolled:
        return {"controller_id": None, "target": None, "poll_url": None}
    return {
        "controller_id": enrolment.controller_id,
        "target": enrolment.target,
        "poll_url": enrolment.poll_url,
    }


def _content(held: SlotContent | None) -> dict[str, object] | None:
    return None if held is None else {name: getattr(held, name) for name in held.__slots__}


def _outcome(state: AgentState) -> str | None:
    last = state.last_outcome
    if last is None:
        return None
    return f"{'success' if last.success else 'failure'}: {last.reason}"


def _clock(state: AgentState, clock: Clock) -> dict[str, object]:
    """Return the machine's time, and the time by which expiry is judged; they differ when it is
    absurd.
    """
    wall = clock.wall()
    return {
        "now": _moment(wall),
        "believed": trusted_time(wall, signed=state.signed_time) == wall,
        "newest_signature": _moment(max(state.signed_time, BUILT_AT)),
    }


def _visit(config: Config, clock: Clock) -> dict[str, object] | None:
    found, now = last_contact.last(Path(config.runtime_dir)), clock.uptime()
    if found is None or found.at > now:
        return None
    return {
        "seconds_ago": round(now - found.at),
        "next_in_seconds": round(found.next_at - now),
        "error": found.error or None,
        "windows_lost": found.windows_lost,
    }


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} seconds after 1970"
