"""What a device would tell a person who asks: read only, without waking the agent."""

from device_agent import __version__
from device_agent.durable import Journal
from device_agent.errors import NotEnrolled
from device_agent.identity import load_enrolment
from device_agent.memory import NAME, Memory
from device_agent.spool import FOLDER, SUFFIX
from device_agent.state import AgentState, Content
from device_agent.storage import Storage


def status(storage: Storage) -> dict[str, object]:
    """The device's state as a JSON value."""
    memory = Memory.load(storage)
    state = memory.state if memory else AgentState()
    windows = [name for name in storage.names(FOLDER) if name.endswith(SUFFIX)]
    return {
        "agent_version": __version__,
        **_enrolment(storage),
        "state": "known" if memory else "unknown",
        "state_damaged": Journal(storage, NAME).damaged,
        "phase": state.phase,
        "running": _content(state.slots.get(state.running)) if state.running else None,
        "trial": state.trial,
        "slots": {slot: _content(held) for slot, held in sorted(state.slots.items())},
        "active": state.active,
        "counter": state.floor,
        "starts": state.starts,
        "boot_id": state.boot_id,
        "failed": list(state.failed),
        "undelivered": len(state.outbox),
        "last_outcome": _outcome(state),
        "windows_waiting": len(windows),
    }


def lines(found: dict[str, object]) -> list[str]:
    """The same for people."""
    running = found["running"]
    what = f"{running['model']} {running['version']}" if isinstance(running, dict) else "no model"
    return [
        f"device    {found['controller_id'] or 'not enrolled'} ({found['target'] or '-'})",
        f"runs      {what}, slot {found['trial'] or found['active'] or '-'}",
        f"update    {found['phase']}",
        f"outcome   {found['last_outcome'] or '-'}",
        f"waiting   {found['windows_waiting']} windows, {found['undelivered']} outcomes",
    ]


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


def _content(held: Content | None) -> dict[str, object] | None:
    return None if held is None else {name: getattr(held, name) for name in held.__slots__}


def _outcome(state: AgentState) -> str | None:
    last = state.last_outcome
    if last is None:
        return None
    return f"{'success' if last.success else 'failure'}: {last.reason}"
