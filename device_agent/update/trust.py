"""Whether to do what an instruction says. Pure: documents, keys and memory in; a verdict out.

* Both the director (for this device) and the builder (for these bytes) must have signed.
* A device that was enrolled with a TUF root also asks the repository, and all three must agree.
* A counter at or below the floor is a replay, unless it is the very assignment being worked on.
* A digest that failed here is not tried again.
* Clocks may be wrong. Time is never taken to be before the latest signed time seen. A clock more
  than ``CLOCK_TRUSTED_SECONDS`` ahead of it is not believed either: expiry is then judged by the
  signed times alone, because refusing every update for ever would be worse; the counter still
  stops anything old.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from device_agent.errors import Refused, Unverified
from device_agent.identity.keys import Enrolment
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import Instruction, SignedPair, open_pair
from device_agent.protocol.manifest import ABI
from device_agent.state.record import AgentState
from device_agent.update.repository import Described

COMPONENT = "model"
KIND = "bundle"
CLOCK_TRUSTED_SECONDS = 400 * 86_400  # a device may lie in a store for a year
BUILT_AT = 1_767_225_600  # Unix seconds: no signed time is older than this agent, 2026-01-01


@dataclass(frozen=True, slots=True)
class Memory:
    """What the verdict depends on beside the documents."""

    floor: int
    floor_assignment: str
    failed: Collection[str]
    signed_time: int

    @classmethod
    def of(cls, state: AgentState) -> "Memory":
        """The part of the agent's state that counts here."""
        return cls(state.floor, state.floor_assignment, state.failed, state.signed_time)


def open_documents(document: bytes, enrolment: Enrolment) -> SignedPair:
    """Both documents, if keys that hold now have signed them and they agree."""
    try:
        return open_pair(document, director=enrolment.director, artifacts=enrolment.artifacts)
    except ProtocolError as error:
        raise Unverified(str(error)) from error


def open_kept(document: bytes, enrolment: Enrolment) -> SignedPair:
    """Both documents of a slot: what was installed is proven by the keys that held then, too."""
    director = {**enrolment.former_director, **enrolment.director}
    artifacts = {**enrolment.former_artifacts, **enrolment.artifacts}
    try:
        return open_pair(document, director=director, artifacts=artifacts)
    except ProtocolError as error:
        raise Unverified(str(error)) from error


def judge(pair: SignedPair, *, enrolment: Enrolment, memory: Memory, wall: float) -> Instruction:
    """The instruction, if this device should follow it; ``Refused`` says why not."""
    told = pair.instruction
    _require_same("device", told.device, enrolment.controller_id)
    _require_same("component", told.component, COMPONENT)
    _require_same("target", told.target, enrolment.target)
    _require_same("ABI", told.abi, ABI)
    _require_same("kind of artifact", pair.artifact.kind, KIND)
    _require_new(told, memory)
    if told.artifact.sha256 in memory.failed:
        raise Refused(f"The artifact {told.artifact.sha256[:12]}… has failed here before.")
    now = trusted_time(wall, signed=max(memory.signed_time, told.issued_at))
    if told.expires_at <= now:
        raise Refused("The instruction has expired.")
    return told


def require_described(told: Instruction, found: Described, *, security: Mapping[str, int]) -> None:
    """Refuse unless the repository says the same of the artifact, and nothing older than known."""
    claims = {
        "sha256": (told.artifact.sha256, found.sha256),
        "length": (told.artifact.length, found.length),
        "model": (told.model, found.model),
        "version": (told.version, found.version),
        "target": (told.target, found.target),
        "ABI": (told.abi, found.abi),
        "kind": (KIND, found.kind),
    }
    for claim, (director, repository) in claims.items():
        if director != repository:
            raise Unverified(
                f"Instruction and repository disagree on {claim}: '{director}' and '{repository}'."
            )
    known = security.get(told.model, 0)
    if found.counter < known:
        raise Refused(
            f"The release has security counter {found.counter}, this device has run {known}."
        )


def trusted_time(wall: float, *, signed: int) -> float:
    """The time to judge by: the clock's, within what signatures make believable."""
    known = max(signed, BUILT_AT)
    if wall < known or wall > known + CLOCK_TRUSTED_SECONDS:
        return float(known)
    return wall


def _require_same(what: str, told: str, own: str) -> None:
    if told != own:
        raise Refused(f"The instruction is for {what} '{told}', this device has '{own}'.")


def _require_new(told: Instruction, memory: Memory) -> None:
    if told.counter > memory.floor:
        return
    if (told.counter, told.assignment) == (memory.floor, memory.floor_assignment):
        return
    raise Refused(
        f"The instruction has counter {told.counter}, this device has already followed "
        f"{memory.floor}."
    )
