"""What the agent remembers over a restart: one immutable record, versioned, forgiving.

* ``active`` is the slot that is confirmed good; ``trial`` the one that has yet to prove itself.
* ``floor`` is the highest instruction counter ever accepted, ``security`` per model the highest
  security counter ever confirmed; they never go down.
* Members of a newer agent's record are kept when an older agent writes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError

E = TypeVar("E", bound=StrEnum)

VERSION = 1
FAILED_LIMIT = 64  # digests remembered as failed; the oldest is forgotten first
OUTBOX_LIMIT = 8
ENDED_LIMIT = 16  # actions whose outcome is remembered; the oldest is forgotten first
REASON_LIMIT = 500  # characters


class Slot(StrEnum):
    """The two places a model can live in."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "Slot":
        """The other one."""
        return Slot.B if self is Slot.A else Slot.A


class UpdatePhase(StrEnum):
    """Where in an update the device is."""

    IDLE = "idle"
    FETCHING = "fetching"  # the instruction was accepted; bytes may be partly here
    INSTALLING = "installing"  # all bytes are here; the inactive slot is being written
    TRIAL = "trial"  # past the point of no return: the new slot runs, to be confirmed or reverted


@dataclass(frozen=True, slots=True)
class SlotContent:
    """What a slot holds, or should."""

    release: str
    model: str
    version: str
    sha256: str
    length: int
    counter: int
    assignment: str
    security: int = 0  # the release's security counter, as the repository signs it


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """How an action ended; to be told to the service until it has heard it."""

    action: str
    success: bool
    reason: str
    assignment: str = ""  # which of its kind it was: a restored service may use a number again


@dataclass(frozen=True, slots=True)
class AgentState:
    """Everything."""

    phase: UpdatePhase = UpdatePhase.IDLE
    slots: Mapping[Slot, SlotContent] = field(default_factory=dict)
    active: Slot | None = None
    action: str | None = None  # the DDI action being worked on
    target: SlotContent | None = None  # what it is to install
    starts: int = 0  # starts of the running slot since it was last known to be healthy
    floor: int = 0
    floor_assignment: str = ""
    # model → the highest security counter that was ever confirmed; never goes down
    security: Mapping[str, int] = field(default_factory=dict)
    signed_time: int = 0  # Unix seconds: the latest time any trusted signature has named
    failed: tuple[str, ...] = ()
    outbox: tuple[ActionOutcome, ...] = ()
    ended: tuple[ActionOutcome, ...] = ()  # of the last actions, the newest last
    report_config: bool = True
    boot_id: int = 0
    unknown: Mapping[str, object] = field(default_factory=dict)

    @property
    def trial(self) -> Slot | None:
        """The slot on trial."""
        return self.inactive if self.phase is UpdatePhase.TRIAL else None

    @property
    def inactive(self) -> Slot:
        """The slot that may be written."""
        return self.active.other if self.active else Slot.A

    @property
    def running(self) -> Slot | None:
        """The slot whose model runs."""
        return self.trial or self.active

    @property
    def last_outcome(self) -> ActionOutcome | None:
        """How the last action ended."""
        return self.ended[-1] if self.ended else None

    def outcome_of(self, action: str) -> ActionOutcome | None:
        """How an action ended here, if it did and is still remembered."""
        return next((ended for ended in self.ended if ended.action == action), None)

    def evolve(self, **changes: object) -> "AgentState":
        """Return a copy with changes; counters cannot be lowered this way."""
        made = replace(self, **changes)  # type: ignore[arg-type]
        lower = any(made.security.get(model, -1) < held for model, held in self.security.items())
        if made.floor < self.floor or lower:
            raise AssertionError("counters never go down")
        return made


def dump_state(state: AgentState) -> dict[str, object]:
    """Return the state as a JSON value."""
    return {
        **state.unknown,
        "version": VERSION,
        "phase": state.phase,
        "slots": {slot: _dump(content) for slot, content in state.slots.items()},
        "active": state.active,
        "action": state.action,
        "target": _dump(state.target) if state.target else None,
        "starts": state.starts,
        "floor": state.floor,
        "floor_assignment": state.floor_assignment,
        "security": dict(state.security),
        "signed_time": state.signed_time,
        "failed": list(state.failed),
        "outbox": [_dump(outcome) for outcome in state.outbox],
        "ended": [_dump(outcome) for outcome in state.ended],
        "report_config": state.report_config,
        "boot_id": state.boot_id,
    }


def parse_state(record: Mapping[str, object]) -> AgentState:
    """Return the state in a record of this or a newer version; ``ProtocolError`` if it makes no
    sense.
    """
    fields.integer(record, "version", low=1)
    slots = fields.child(record, "slots")
    active, target = record.get("active"), record.get("target")
    state = AgentState(
        phase=_member(UpdatePhase, record.get("phase")),
        slots={_member(Slot, name): _content(slots[name]) for name in slots},
        active=None if active is None else _member(Slot, active),
        action=None if record.get("action") is None else fields.text(record, "action"),
        target=None if target is None else _content(target),
        starts=fields.integer(record, "starts"),
        floor=fields.integer(record, "floor"),
        floor_assignment=fields.text(record, "floor_assignment", empty=True),
        security=_security(record),
        signed_time=fields.integer(record, "signed_time"),
        failed=tuple(str(item) for item in fields.items(record, "failed", limit=FAILED_LIMIT)),
        outbox=tuple(_outcome(item) for item in fields.items(record, "outbox", limit=99)),
        ended=_ended(record),
        report_config=record.get("report_config") is not False,
        boot_id=fields.integer(record, "boot_id", high=fields.U32_MAX),
        unknown={key: value for key, value in record.items() if key not in _KNOWN},
    )
    return _consistent(state)


def _consistent(state: AgentState) -> AgentState:
    if state.active is not None and state.active not in state.slots:
        raise ProtocolError("The active slot is empty.")
    if state.phase is UpdatePhase.TRIAL and state.inactive not in state.slots:
        raise ProtocolError("The slot on trial is empty.")
    if state.phase is not UpdatePhase.IDLE and state.target is None:
        raise ProtocolError("An update is under way, and nothing says to what.")
    return state


def _dump(value: SlotContent | ActionOutcome) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


def _content(value: object) -> SlotContent:
    data = fields.members(value, "A slot's content")
    return SlotContent(
        release=fields.text(data, "release"),
        model=fields.text(data, "model"),
        version=fields.text(data, "version"),
        sha256=fields.digest(data, "sha256"),
        length=fields.integer(data, "length", low=1),
        counter=fields.integer(data, "counter"),
        assignment=fields.text(data, "assignment"),
        security=fields.integer(data, "security") if "security" in data else 0,
    )


def _security(record: fields.Json) -> dict[str, int]:
    counters = fields.child(record, "security") if "security" in record else {}
    return {model: fields.integer(counters, model) for model in counters}


def _ended(record: fields.Json) -> tuple[ActionOutcome, ...]:
    if "ended" not in record:  # written by an agent that remembered only the last one
        return ()
    return tuple(_outcome(item) for item in fields.items(record, "ended", limit=99))


def _outcome(value: object) -> ActionOutcome:
    data = fields.members(value, "An outcome")
    reason = fields.text(data, "reason", empty=True)
    # Older agents did not store it: then it is unknown, and matches no assignment.
    assignment = fields.text(data, "assignment", empty=True) if "assignment" in data else ""
    return ActionOutcome(
        fields.text(data, "action"), data.get("success") is True, reason, assignment
    )


def _member(kind: type[E], value: object) -> E:
    try:
        return kind(str(value))
    except ValueError as error:
        raise ProtocolError(f"'{value}' is no {kind.__name__}.") from error


_KNOWN = frozenset(dump_state(AgentState()))
