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

from device_agent.errors import Unverified, UpdateRefused
from device_agent.identity.keys import Enrolment
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.instruction import Instruction, SignedPair, open_pair, unmet
from device_agent.protocol.manifest import ABI
from device_agent.state.record import AgentState
from device_agent.update.repository import TargetInfo

COMPONENT = "model"
KIND = "bundle"
CLOCK_TRUSTED_SECONDS = 400 * 86_400  # a device may lie in a store for a year
BUILT_AT = 1_767_225_600  # Unix seconds: no signed time is older than this agent, 2026-01-01


@dataclass(frozen=True, slots=True)
class UpdateHistory:
    """What the verdict depends on beside the documents."""

    floor: int
    floor_assignment: str
    failed: Collection[str]
    signed_time: int

    @classmethod
    def of(cls, state: AgentState) -> "UpdateHistory":
        """Return the part of the agent's state that counts here."""
        return cls(state.floor, state.floor_assignment, state.failed, state.signed_time)


def open_documents(document: bytes, enrolment: Enrolment) -> SignedPair:
    """Return both documents, if keys that hold now have signed them and they agree."""
    try:
        return open_pair(document, director=enrolment.director, artifacts=enrolment.artifacts)
    except ProtocolError as error:
        raise Unverified(str(error)) from error


def open_kept(document: bytes, enrolment: Enrolment) -> SignedPair:
    """Return both documents of a slot: what was installed is proven by the keys that held then,
    too.
    """
    director = {**enrolment.former_director, **enrolment.director}
    artifacts = {**enrolment.former_artifacts, **enrolment.artifacts}
    try:
        return open_pair(document, director=director, artifacts=artifacts)
    except ProtocolError as error:
        raise Unverified(str(error)) from error


def judge(
    pair: SignedPair,
    *,
    enrolment: Enrolment,
    history: UpdateHistory,
    wall: float,
    kinds: Collection[str] = (KIND,),
    has: Mapping[str, str] | None = None,
) -> Instruction:
    """Return the instruction, if this device should follow it; raises UpdateRefused with the reason
    otherwise. `has` are the versions of the device's other components.
    """
    instruction = pair.instruction
    _require_same("device", instruction.device, enrolment.controller_id)
    _require_same("component", instruction.component, COMPONENT)
    _require_same("target", instruction.target, enrolment.target)
    _require_same("ABI", instruction.abi, ABI)
    _require_same("kind of artifact", pair.artifact.kind, _among(kinds, pair.artifact.kind))
    _require_new(instruction, history)
    try:
        missing = unmet(instruction.needs, has or {})
    except ProtocolError as error:
        raise UpdateRefused(str(error)) from error
    if missing:
        raise UpdateRefused(f"{instruction.model} {instruction.version}: {missing}.")
    if instruction.artifact.sha256 in history.failed:
        raise UpdateRefused(
            f"The artifact {instruction.artifact.sha256[:12]}… has failed here before."
        )
    now = trusted_time(wall, signed=max(history.signed_time, instruction.issued_at))
    if instruction.expires_at <= now:
        raise UpdateRefused("The instruction has expired.")
    return instruction


def require_target_info(
    instruction: Instruction,
    found: TargetInfo,
    *,
    security: Mapping[str, int],
    kinds: Collection[str] = (KIND,),
) -> None:
    """Refuse unless the repository says the same of the artifact, and nothing older than known."""
    claims = {
        "sha256": (instruction.artifact.sha256, found.sha256),
        "length": (instruction.artifact.length, found.length),
        "model": (instruction.model, found.model),
        "version": (instruction.version, found.version),
        "target": (instruction.target, found.target),
        "ABI": (instruction.abi, found.abi),
        "kind": (_among(kinds, found.kind), found.kind),
    }
    for claim, (director, repository) in claims.items():
        if director != repository:
            raise Unverified(
                f"Instruction and repository disagree on {claim}: '{director}' and '{repository}'."
            )
    known = security.get(instruction.model, 0)
    if found.counter < known:
        raise UpdateRefused(
            f"The release has security counter {found.counter}, this device has run {known}."
        )


def trusted_time(wall: float, *, signed: int) -> float:
    """Return the time to judge by: the clock's, within what signatures make believable."""
    known = max(signed, BUILT_AT)
    if wall < known or wall > known + CLOCK_TRUSTED_SECONDS:
        return float(known)
    return wall


def _among(kinds: Collection[str], claimed: str) -> str:
    """Return the kind that is claimed, if it is one of these; otherwise what it should be."""
    return claimed if claimed in kinds else " or ".join(kinds)


def _require_same(what: str, claimed: str, own: str) -> None:
    if claimed != own:
        raise UpdateRefused(f"The instruction is for {what} '{claimed}', this device has '{own}'.")


def _require_new(instruction: Instruction, history: UpdateHistory) -> None:
    if instruction.counter > history.floor:
        return
    if (instruction.counter, instruction.assignment) == (history.floor, history.floor_assignment):
        return
    raise UpdateRefused(
        f"The instruction has counter {instruction.counter}, this device has already followed "
        f"{history.floor}."
    )
