"""A microcontroller in memory: the server's side of SMP, two model slots, a ring of windows.

What lasts over ``restart`` is what lies in flash. Faults are told to it: which answers get lost,
when it restarts by itself, what its golden vectors find.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from device_agent.gateway.line.link import ChildSilent
from device_agent.protocol.chip import smp_group
from device_agent.protocol.chip.image import parse_model_image, target_digest
from device_agent.protocol.chip.packet import (
    Fault,
    Operation,
    Packet,
    SmpGroup,
    dump_fault,
    dump_packet,
    parse_packet,
)
from device_agent.protocol.chip.smp_group import (
    ChipIdentity,
    ChipModel,
    ChipProof,
    ChipRefusal,
    ChipSlot,
    ChipSlots,
    ChipWindow,
    Command,
    ProofState,
    SlotState,
    Strength,
)
from device_agent.protocol.chip.switch import switch_mac, switch_signed
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import Frame, encode_frame

ROOM_BYTES = 64 * 1024
WRONG = b"wrong "  # payloads that begin so give wrong outputs
CRASHES = b"crash "  # and so, end in the watchdog once they run
UNSUPPORTED = 8  # what Zephyr answers to a group or command that it does not know


class Refused(Exception):
    def __init__(self, refusal: ChipRefusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


@dataclass
class Flash:
    """What lasts."""

    slots: dict[int, ChipSlot] = field(
        default_factory=lambda: {
            number: ChipSlot(number, SlotState.EMPTY, 0, 0) for number in (0, 1)
        }
    )
    images: dict[int, bytes] = field(default_factory=dict)
    receiving: tuple[bytes, int] = (b"", 0)  # digest and length
    active: int = 0
    lowest: int = 0
    why: str = ""
    boots: int = 1
    windows: list[tuple[int, int, bytes]] = field(default_factory=list)
    lost: int = 0


@dataclass
class SimChip:
    hardware_id: bytes = b"\x01" * 8
    target: str = "cortex-m4f"
    board: str = "mps2_an386"
    strength: Strength = Strength.GATEWAY
    secret: bytes = b""  # of strength 2, the public key
    buffer_bytes: int = 384
    up_seconds: int = 60
    room_bytes: int = ROOM_BYTES
    flash: Flash = field(default_factory=Flash)
    powered: bool = True
    # Called with the number of a request and the request; True: it does its work and is not heard.
    deaf_after: Callable[[int, Packet], bool] = lambda number, request: False
    restarts_at: set[int] = field(default_factory=set)  # numbers of requests before which it does
    asked: int = 0
    uploaded: int = 0  # bytes that came in, pieces that came twice included

    def restart(self) -> None:
        """Power off and on: a trial that was not confirmed goes back."""
        self.flash.boots += 1
        trial = self._slot_in(SlotState.TRIAL)
        if trial is not None:
            self._fall_back(trial, "restarted on trial")

    def handle(self, data: bytes) -> bytes | None:
        """Return the answer to a packet; None where nothing is heard."""
        if not self.powered:
            return None
        request = parse_packet(data, definite=True)
        self.asked += 1
        if self.asked in self.restarts_at:
            self.restart()
            return None
        answer = self._answer(request)
        if self.deaf_after(self.asked, request):
            return None
        return dump_packet(answer)

    def _answer(self, request: Packet) -> Packet:
        operation = Operation(request.operation + 1)
        try:
            payload = self._payload(request)
        except Refused as refused:
            fault = Fault(SmpGroup.CHIP, refused.refusal)
            payload = dump_fault(fault, version=request.version)
        except ProtocolError:
            fault = Fault(SmpGroup.CHIP, ChipRefusal.BAD_REQUEST)
            payload = dump_fault(fault, version=request.version)
        return replace(request, operation=operation, payload=payload)

    def _payload(self, request: Packet) -> dict[str, object]:
        if request.group != SmpGroup.CHIP:
            return dump_fault(Fault(request.group, UNSUPPORTED), version=request.version)
        writes = request.operation is Operation.WRITE
        known = {
            (Command.IDENTITY, False): self._identity,
            (Command.WINDOWS, False): self._window,
            (Command.WINDOWS, True): self._drop,
            (Command.PROOF, False): self._proof,
            (Command.PROOF, True): self._proof,
            (Command.SLOTS, False): self._slots,
            (Command.UPLOAD, True): self._upload,
            (Command.SWITCH, True): self._switch,
            (Command.CONFIRM, True): self._confirm,
            (Command.ERASE, True): self._erase,
        }
        act = known.get((Command(request.command), writes)) if request.command < 8 else None
        if act is None:
            raise Refused(ChipRefusal.UNKNOWN)
        return act(request.payload)

    def _identity(self, _: dict[str, object]) -> dict[str, object]:
        image = self.flash.images.get(self.flash.active)
        model = None
        if image is not None and self.flash.slots[self.flash.active].state is SlotState.GOOD:
            digest = hashlib.sha256(image).digest()
            model = ChipModel("digits", "1.0", parse_model_image(image).model, digest)
        return smp_group.dump_identity(
            ChipIdentity(
                self.hardware_id,
                self.board,
                self.target,
                "1.0.0",
                self.strength,
                self.buffer_bytes,
                self.flash.boots,
                self.up_seconds,
                model,
            )
        )

    def seal(self, frame: Frame) -> None:
        """The recorder has sealed a window."""
        self.flash.windows.append((frame.boot_id, frame.seq, encode_frame(frame)))

    def _window(self, _: dict[str, object]) -> dict[str, object]:
        count, lost = len(self.flash.windows), self.flash.lost
        if not count:
            return smp_group.dump_window(ChipWindow(0, lost))
        return smp_group.dump_window(ChipWindow(count, lost, *self.flash.windows[0]))

    def _drop(self, asked: dict[str, object]) -> dict[str, object]:
        named = asked.get("boot"), asked.get("seq")
        self.flash.windows = [held for held in self.flash.windows if held[:2] != named]
        return {}

    def _proof(self, _: dict[str, object]) -> dict[str, object]:
        number = self.flash.active
        trial = self._slot_in(SlotState.TRIAL)
        if trial is not None:
            number = trial.slot
        held = self.flash.slots[number]
        if not held.digest:
            return smp_group.dump_proof(ChipProof(ProofState.NEVER, 0, bytes(32)))
        wrong = self._payload_of(number).startswith(WRONG)
        state = ProofState.FAILED if wrong else ProofState.PASSED
        bad = 0 if wrong else None
        return smp_group.dump_proof(ChipProof(state, 8, held.digest, bad))

    def _slots(self, _: dict[str, object]) -> dict[str, object]:
        flash = self.flash
        slots = tuple(flash.slots[number] for number in sorted(flash.slots))
        told = ChipSlots(slots, flash.active, self.room_bytes, flash.lowest, flash.why)
        return smp_group.dump_slots(told)

    def _upload(self, asked: dict[str, object]) -> dict[str, object]:
        number = self._free_slot()
        offset, data = asked.get("off"), asked.get("data")
        if not isinstance(offset, int) or not isinstance(data, bytes):
            raise Refused(ChipRefusal.BAD_REQUEST)
        if offset == 0:
            digest = smp_group.octets(asked, "sha", low=32, high=32)
            length = asked.get("len")
            if not isinstance(length, int) or length > self.room_bytes:
                raise Refused(ChipRefusal.NO_ROOM)
            if self.flash.receiving != (digest, length):
                self.flash.receiving = (digest, length)
                self.flash.images[number] = b""
                self.flash.slots[number] = ChipSlot(number, SlotState.RECEIVING, 0, 0, digest)
        digest, length = self.flash.receiving
        held = self.flash.images.get(number, b"")
        if not length or offset > len(held):
            return {"off": len(held)}
        self.uploaded += len(data)
        if offset == len(held):
            held += data
            if len(held) > length:
                raise Refused(ChipRefusal.BAD_REQUEST)
            self.flash.images[number] = held
        if len(held) == length:
            self._received(number, held, digest)
        return {"off": len(held)}

    def _received(self, number: int, image: bytes, digest: bytes) -> None:
        self.flash.receiving = (b"", 0)
        good = hashlib.sha256(image).digest() == digest
        state = SlotState.READY if good else SlotState.BAD
        self.flash.slots[number] = ChipSlot(number, state, 0, len(image), digest)
        if not good:
            raise Refused(ChipRefusal.WRONG_DIGEST)

    def _switch(self, asked: dict[str, object]) -> dict[str, object]:
        digest = smp_group.octets(asked, "sha", low=32, high=32)
        held = self._holding(digest)
        counter = asked.get("counter")
        if held.state in (SlotState.TRIAL, SlotState.GOOD):
            return {}
        if held.state is not SlotState.READY or not isinstance(counter, int):
            raise Refused(ChipRefusal.NOTHING_THERE)
        header = parse_model_image(self.flash.images[held.slot])
        if header.target != target_digest(self.target):
            raise Refused(ChipRefusal.WRONG_TARGET)
        if counter < self.flash.lowest or header.counter != counter:
            raise Refused(ChipRefusal.COUNTER_TOO_LOW)
        if self.strength is Strength.HMAC:
            wanted = switch_mac(self.secret, self.hardware_id, digest, counter)
            if asked.get("mac") != wanted:
                raise Refused(ChipRefusal.NOT_AUTHENTIC)
        if self.strength is Strength.ED25519:
            signature = asked.get("sig")
            signed = isinstance(signature, bytes) and switch_signed(
                self.secret, signature, self.hardware_id, digest, counter
            )
            if not signed:
                raise Refused(ChipRefusal.NOT_AUTHENTIC)
        if self._payload_of(held.slot).startswith(WRONG):
            self._fall_back(held, "vector 0 differs")
            raise Refused(ChipRefusal.WRONG_DIGEST)
        self.flash.slots[held.slot] = replace(held, state=SlotState.TRIAL, counter=counter)
        if self._payload_of(held.slot).startswith(CRASHES):
            self.restart()
        return {}

    def _confirm(self, asked: dict[str, object]) -> dict[str, object]:
        held = self._holding(smp_group.octets(asked, "sha", low=32, high=32))
        if held.state is SlotState.GOOD:
            return {}
        if held.state is not SlotState.TRIAL:
            raise Refused(ChipRefusal.NOTHING_THERE)
        self.flash.slots[held.slot] = replace(held, state=SlotState.GOOD)
        self.flash.active = held.slot
        self.flash.lowest = max(self.flash.lowest, held.counter)
        self.flash.why = ""
        return {}

    def _erase(self, asked: dict[str, object]) -> dict[str, object]:
        number = asked.get("slot")
        if not isinstance(number, int) or number not in self.flash.slots:
            raise Refused(ChipRefusal.BAD_REQUEST)
        if number == self.flash.active:
            raise Refused(ChipRefusal.BUSY)
        self.flash.slots[number] = ChipSlot(number, SlotState.EMPTY, 0, 0)
        self.flash.images.pop(number, None)
        return {}

    def _fall_back(self, slot: ChipSlot, why: str) -> None:
        self.flash.slots[slot.slot] = replace(slot, state=SlotState.BAD)
        self.flash.why = why

    def _slot_in(self, state: SlotState) -> ChipSlot | None:
        return next((slot for slot in self.flash.slots.values() if slot.state is state), None)

    def _holding(self, digest: bytes) -> ChipSlot:
        for slot in self.flash.slots.values():
            if slot.digest == digest:
                return slot
        raise Refused(ChipRefusal.NOTHING_THERE)

    def _free_slot(self) -> int:
        """Never the one that is active and good."""
        active = self.flash.slots[self.flash.active]
        return 1 - self.flash.active if active.state is SlotState.GOOD else self.flash.active

    def _payload_of(self, number: int) -> bytes:
        return self.flash.images[number][128:]


class MemoryLink:
    """A line to a simulated child; ``edit`` may change, drop or double what comes back."""

    def __init__(self, chip: SimChip, *, name: str = "memory chip") -> None:
        self.chip, self.name = chip, name
        self.packet_bytes = 128
        self.edit: Callable[[bytes], list[bytes]] = lambda answer: [answer]
        self.sent: list[bytes] = []
        self._waiting: list[bytes] = []
        self.closed = 0

    def widen(self, buffer_bytes: int) -> None:
        self.packet_bytes = buffer_bytes or 128

    def send(self, packet: bytes) -> None:
        self.sent.append(packet)
        answer = self.chip.handle(packet)
        if answer is not None:
            self._waiting += self.edit(answer)

    def receive(self, seconds: float) -> bytes:
        if not self._waiting:
            raise ChildSilent("Nothing came in time.")
        return self._waiting.pop(0)

    def close(self) -> None:
        self.closed += 1
