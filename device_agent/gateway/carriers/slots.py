"""A child that speaks our group 64: model slots, golden vectors on the chip, telemetry windows."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from device_agent.clock import Clock
from device_agent.errors import ModelBroken, UpdateRefused
from device_agent.gateway.carriers.carrier import ChildImage, TrialOutcome, TrialVerdict
from device_agent.gateway.line.conversation import Conversation, SmpRefused
from device_agent.gateway.line.link import ChildSilent, ChildStrange
from device_agent.gateway.line.upload import PieceUpload
from device_agent.protocol.chip import smp_group
from device_agent.protocol.chip.image import parse_model_image, target_digest
from device_agent.protocol.chip.packet import SmpGroup
from device_agent.protocol.chip.smp_group import (
    ChipIdentity,
    ChipRefusal,
    ChipSlots,
    ChipWindow,
    Command,
    ProofState,
    SlotState,
    Strength,
)
from device_agent.protocol.chip.switch import switch_of
from device_agent.protocol.errors import ProtocolError

SWITCH_SECONDS: Final = 30.0  # the golden vectors run before the answer
SWITCH_TRIES: Final = 2
PROOF_POLLS: Final = 30
PROOF_POLL_SECONDS: Final = 1.0
SENTENCES: Final = {
    ChipRefusal.NO_ROOM: "The child's slot is too small for the image.",
    ChipRefusal.WRONG_TARGET: "The image is for another board, target or ABI than the child's.",
    ChipRefusal.COUNTER_TOO_LOW: "The child has followed a higher counter than the image's.",
    ChipRefusal.NOT_AUTHENTIC: "The child does not find the instruction authentic.",
}
# What a chip of a strength verifies of a switch.
PROOFS: Final = {Strength.HMAC: "mac", Strength.ED25519: "sig"}
BROKEN: Final = {
    ChipRefusal.WRONG_DIGEST: "The child finds other bytes than were sent, or other outputs.",
}

T = TypeVar("T")


class ChipCarrier:
    """See ``Carrier``."""

    def __init__(self, conversation: Conversation, identity: ChipIdentity, clock: Clock) -> None:
        self._ask, self._clock = conversation, clock
        self.identity, self.identified_at = identity, clock.uptime()

    def hold_against(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        try:
            header = parse_model_image(image.data)
        except ProtocolError as error:
            raise UpdateRefused(str(error)) from error
        if header.target != target_digest(self.identity.target):
            raise UpdateRefused(
                f"The image is for another target than the child's, '{self.identity.target}'."
            )
        slots = self.slots()
        if len(image.data) > slots.room_bytes:
            raise UpdateRefused(
                f"The image has {len(image.data)} bytes, a slot of the child {slots.room_bytes}."
            )
        if not self._proved(image, header.counter):
            raise UpdateRefused(
                f"The child verifies switches itself ({self.identity.strength.name}), "
                "and the service gave nothing along that it could verify."
            )
        if header.counter < slots.lowest_counter:
            raise UpdateRefused(
                f"The image has counter {header.counter}, "
                f"the child accepts {slots.lowest_counter} and more."
            )

    def _proved(self, image: ChildImage, counter: int) -> bool:
        """Tell whether the service gave along what a chip of this strength asks for."""
        wanted = PROOFS.get(self.identity.strength)
        return wanted is None or wanted in _proof(image, counter)

    def send(self, image: ChildImage, progress: Callable[[int], None]) -> None:
        """See ``Carrier``."""
        digest = image.digest
        held = self.slots().holding(digest)
        if held is not None and held.state in (SlotState.READY, SlotState.TRIAL, SlotState.GOOD):
            return
        first = {"len": len(image.data), "sha": digest}
        upload = PieceUpload(self._ask, SmpGroup.CHIP, Command.UPLOAD, image.data, first, progress)
        self._saying(upload.send)

    def switch(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        digest = image.digest
        held = self.slots().holding(digest)
        if held is None:
            raise ChildSilent("The child has lost the image; it is sent again.")
        if held.state in (SlotState.TRIAL, SlotState.GOOD):
            return
        header = parse_model_image(image.data)
        proof = _proof(image, header.counter)
        wanted = PROOFS.get(self.identity.strength)
        shown = {name: value for name, value in proof.items() if name == wanted}
        payload = {"sha": digest, "counter": header.counter, **shown}
        self._saying(
            lambda: self._ask.ask(
                SmpGroup.CHIP,
                Command.SWITCH,
                payload,
                write=True,
                tries=SWITCH_TRIES,
                seconds=SWITCH_SECONDS,
            )
        )
        self._require_proven()

    def outcome(self, image: ChildImage) -> TrialOutcome:
        """See ``Carrier``."""
        slots, digest = self.slots(), image.digest
        held = slots.holding(digest)
        if held is None:
            return TrialOutcome(TrialVerdict.ABSENT, slots.why)
        match held.state:
            case SlotState.GOOD if held.slot == slots.active:
                return TrialOutcome(TrialVerdict.GOOD)
            case SlotState.TRIAL:
                return TrialOutcome(TrialVerdict.TRIAL)
            case SlotState.BAD:
                return TrialOutcome(
                    TrialVerdict.FELL_BACK, slots.why or "The child found the image bad."
                )
        return TrialOutcome(TrialVerdict.ABSENT, slots.why)

    def confirm(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        payload = {"sha": image.digest}
        self._saying(lambda: self._ask.ask(SmpGroup.CHIP, Command.CONFIRM, payload, write=True))

    def runs(self, sha256: str) -> bool | None:
        """See ``Carrier``."""
        slots = self.slots()
        active = next((slot for slot in slots.slots if slot.slot == slots.active), None)
        return active is not None and active.digest.hex() == sha256

    def told(self) -> dict[str, str]:
        """See ``Carrier``."""
        identity, slots = self.identity, self.slots()
        told = {
            "board": identity.board,
            "firmware": identity.firmware,
            "hardware_id": identity.hardware_id.hex(),
            "strength": identity.strength.name.lower(),
            "boot_id": str(identity.boot),
            "slots": "; ".join(
                f"{slot.slot} {slot.state.name.lower()}"
                + (f" {slot.digest.hex()[:12]} counter {slot.counter}" if slot.digest else "")
                for slot in slots.slots
            ),
            "slot_bytes": str(slots.room_bytes),
        }
        return told | ({"fell_back": slots.why} if slots.why else {})

    def slots(self) -> ChipSlots:
        """Return what the slots hold now."""
        return self._parsed(Command.SLOTS, smp_group.parse_slots)

    def window(self) -> ChipWindow:
        """Return the oldest telemetry window that the chip keeps."""
        return self._parsed(Command.WINDOWS, smp_group.parse_window)

    def drop_window(self, window: ChipWindow) -> None:
        """The window is kept elsewhere now."""
        payload = {"boot": window.boot, "seq": window.seq}
        self._ask.ask(SmpGroup.CHIP, Command.WINDOWS, payload, write=True)

    def _require_proven(self) -> None:
        for _ in range(PROOF_POLLS):
            proof = self._parsed(Command.PROOF, smp_group.parse_proof)
            if proof.state is ProofState.PASSED:
                return
            if proof.state is not ProofState.RUNNING:
                which = "" if proof.bad is None else f"; vector {proof.bad} is the first"
                raise ModelBroken(
                    f"The golden vectors do not give the build's outputs on the child{which}."
                )
            self._clock.sleep(PROOF_POLL_SECONDS)
        raise ChildSilent("The child still runs its golden vectors.")

    def _parsed(self, command: Command, parse: Callable[[Mapping[str, object]], T]) -> T:
        try:
            return parse(self._ask.ask(SmpGroup.CHIP, command))
        except ProtocolError as error:
            raise ChildStrange(f"The child's answer makes no sense: {error}") from error

    def _saying(self, act: Callable[[], object]) -> None:
        """A refusal of our group, in words."""
        try:
            act()
        except SmpRefused as error:
            if error.fault.group != SmpGroup.CHIP or error.fault.code not in set(ChipRefusal):
                raise
            refusal = ChipRefusal(error.fault.code)
            if refusal in SENTENCES:
                raise UpdateRefused(SENTENCES[refusal]) from error
            if refusal in BROKEN:
                raise ModelBroken(BROKEN[refusal]) from error
            raise ChildSilent(f"The child is not ready for it: {refusal.name.lower()}.") from error


def _proof(image: ChildImage, counter: int) -> dict[str, object]:
    """Return what the chip itself can verify of this switch."""
    try:
        return switch_of(image.document, image.digest, counter)
    except ProtocolError as error:
        raise UpdateRefused(str(error)) from error


def identify(conversation: Conversation) -> ChipIdentity | None:
    """Return who answers; None where the child does not know our group."""
    try:
        answer = conversation.ask(SmpGroup.CHIP, Command.IDENTITY)
    except SmpRefused:
        return None
    try:
        identity = smp_group.parse_identity(answer)
    except ProtocolError as error:
        raise ChildStrange(f"The child's identity makes no sense: {error}") from error
    conversation.link.widen(identity.buffer_bytes)
    return identity
