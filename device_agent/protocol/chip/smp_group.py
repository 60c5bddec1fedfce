"""SMP's group 64, which is ours: a chip's identity, telemetry windows, proof and model slots.

A chip's answers are checked like any stranger's: types, sizes and the meaning of each number.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import FRAME_LIMIT

VERSION: Final = 1
DIGEST_BYTES: Final = 32
ID_BYTES_MIN, ID_BYTES_MAX = 8, 16  # of a hardware id
SIGNATURE_BYTES: Final = 64
SLOTS_MAX: Final = 16
INSTRUCTION_MAX: Final = 4096  # bytes of an instruction that goes along to a chip
NAME_MAX: Final = 64  # characters
WHY_MAX: Final = 200  # characters
IMAGE_MAX: Final = 64 * 1024 * 1024  # bytes of an image


class Command(IntEnum):
    """The commands of group 64."""

    IDENTITY = 0
    WINDOWS = 1
    PROOF = 2
    SLOTS = 3
    UPLOAD = 4
    SWITCH = 5
    CONFIRM = 6
    ERASE = 7


class ChipRefusal(IntEnum):
    """Why a chip says no (``rc`` of group 64)."""

    UNKNOWN = 1
    BAD_REQUEST = 2
    NO_ROOM = 3
    WRONG_OFFSET = 4
    WRONG_DIGEST = 5
    WRONG_TARGET = 6
    COUNTER_TOO_LOW = 7
    NOT_AUTHENTIC = 8
    BUSY = 9
    NOTHING_THERE = 10


class Strength(IntEnum):
    """What verifies an instruction for the chip."""

    GATEWAY = 0
    HMAC = 1
    ED25519 = 2


class SlotState(IntEnum):
    """What a slot of a chip holds."""

    EMPTY = 0
    RECEIVING = 1
    READY = 2
    TRIAL = 3
    GOOD = 4
    BAD = 5


class ProofState(IntEnum):
    """How the golden vectors went on the chip."""

    NEVER = 0
    RUNNING = 1
    PASSED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class ChipModel:
    """The model that runs on a chip; digests are raw bytes."""

    name: str
    version: str
    digest: bytes
    build: bytes
    abi: bytes = b""


@dataclass(frozen=True, slots=True)
class ChipIdentity:
    """What a chip says that it is. ``buffer_bytes``: the largest packet that it takes."""

    hardware_id: bytes
    board: str
    target: str
    firmware: str
    strength: Strength
    buffer_bytes: int
    boot: int
    up_seconds: int
    model: ChipModel | None = None
    schema: bytes = b""


@dataclass(frozen=True, slots=True)
class ChipWindow:
    """The oldest window that a chip keeps, if it keeps one, and how many there are."""

    waiting: int
    lost: int
    boot: int = 0
    seq: int = 0
    frame: bytes = b""


@dataclass(frozen=True, slots=True)
class ChipProof:
    """The state of the golden vectors; ``bad`` is the first that differs, if one does."""

    state: ProofState
    vectors: int
    digest: bytes
    bad: int | None = None


@dataclass(frozen=True, slots=True)
class ChipSlot:
    """One slot; ``digest`` is the SHA-256 of the image file in it, empty where there is none."""

    slot: int
    state: SlotState
    counter: int
    size_bytes: int
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class ChipSlots:
    """All slots, the lowest counter that is accepted, and why the chip went back last."""

    slots: tuple[ChipSlot, ...]
    active: int
    room_bytes: int
    lowest_counter: int
    why: str = ""

    def holding(self, digest: bytes) -> ChipSlot | None:
        """Return the slot that holds this image, or receives it."""
        return next((slot for slot in self.slots if slot.digest == digest), None)


def parse_identity(data: fields.Json) -> ChipIdentity:
    """Return who answers."""
    fields.integer(data, "v", low=VERSION, high=VERSION)
    model = data.get("model")
    return ChipIdentity(
        hardware_id=octets(data, "id", low=ID_BYTES_MIN, high=ID_BYTES_MAX),
        board=fields.text(data, "board", limit=NAME_MAX),
        target=fields.name(data, "target"),
        firmware=fields.text(data, "fw", limit=NAME_MAX, empty=True),
        strength=Strength(fields.integer(data, "strength", high=max(Strength))),
        buffer_bytes=fields.integer(data, "buf", low=64, high=65_535),
        boot=_u32(data, "boot"),
        up_seconds=_u32(data, "up"),
        model=None if model is None else _model(fields.members(model, "'model'")),
        schema=_optional_octets(data, "schema", 8, DIGEST_BYTES),
    )


def parse_window(data: fields.Json) -> ChipWindow:
    """Return the oldest window."""
    waiting, lost = _u32(data, "n"), _u32(data, "lost")
    if "frame" not in data:
        if waiting:
            raise ProtocolError("The chip counts windows and shows none.")
        return ChipWindow(0, lost)
    frame = octets(data, "frame", low=1, high=FRAME_LIMIT)
    return ChipWindow(max(waiting, 1), lost, _u32(data, "boot"), _u32(data, "seq"), frame)


def parse_proof(data: fields.Json) -> ChipProof:
    """Return how the golden vectors went."""
    return ChipProof(
        state=ProofState(fields.integer(data, "state", high=max(ProofState))),
        vectors=_u32(data, "vectors"),
        digest=octets(data, "digest", low=DIGEST_BYTES, high=DIGEST_BYTES),
        bad=_u32(data, "bad") if "bad" in data else None,
    )


def parse_slots(data: fields.Json) -> ChipSlots:
    """Return what the slots hold."""
    listed = fields.items(data, "slots", limit=SLOTS_MAX)
    slots = tuple(_slot(fields.members(item, "A slot")) for item in listed)
    if len({slot.slot for slot in slots}) != len(slots):
        raise ProtocolError("The chip lists a slot twice.")
    return ChipSlots(
        slots=slots,
        active=_u32(data, "active"),
        room_bytes=fields.integer(data, "room", high=IMAGE_MAX),
        lowest_counter=_u32(data, "low"),
        why=fields.text(data, "why", limit=WHY_MAX, empty=True),
    )


def parse_offset(data: fields.Json) -> int:
    """Return from where the chip wants to go on; of an upload's answer."""
    return fields.integer(data, "off", high=IMAGE_MAX)


def dump_identity(identity: ChipIdentity) -> dict[str, object]:
    """Return the answer of command 0."""
    told: dict[str, object] = {
        "v": VERSION,
        "id": identity.hardware_id,
        "board": identity.board,
        "target": identity.target,
        "fw": identity.firmware,
        "strength": int(identity.strength),
        "buf": identity.buffer_bytes,
        "boot": identity.boot,
        "up": identity.up_seconds,
    }
    if identity.model is not None:
        model = identity.model
        told["model"] = {
            "name": model.name,
            "version": model.version,
            "digest": model.digest,
            "build": model.build,
            **({"abi": model.abi} if model.abi else {}),
        }
    return told | ({"schema": identity.schema} if identity.schema else {})


def dump_window(window: ChipWindow) -> dict[str, object]:
    """Return the answer of command 1."""
    told: dict[str, object] = {"n": window.waiting, "lost": window.lost}
    if window.frame:
        told |= {"boot": window.boot, "seq": window.seq, "frame": window.frame}
    return told


def dump_proof(proof: ChipProof) -> dict[str, object]:
    """Return the answer of command 2."""
    told: dict[str, object] = {"state": int(proof.state), "vectors": proof.vectors}
    if proof.bad is not None:
        told["bad"] = proof.bad
    return told | {"digest": proof.digest}


def dump_slots(slots: ChipSlots) -> dict[str, object]:
    """Return the answer of command 3."""
    listed = [
        {
            "slot": slot.slot,
            "state": int(slot.state),
            **({"digest": slot.digest} if slot.digest else {}),
            "counter": slot.counter,
            "size": slot.size_bytes,
        }
        for slot in slots.slots
    ]
    return {
        "slots": listed,
        "active": slots.active,
        "room": slots.room_bytes,
        "low": slots.lowest_counter,
        "why": slots.why,
    }


def octets(data: fields.Json, key: str, *, low: int, high: int) -> bytes:
    """Return a byte string of ``low`` to ``high`` bytes."""
    value = data.get(key)
    if not isinstance(value, bytes) or not low <= len(value) <= high:
        wanted = f"{low}" if low == high else f"{low} to {high}"
        raise ProtocolError(f"'{key}' must be a byte string of {wanted} bytes.")
    return value


def _optional_octets(data: fields.Json, key: str, low: int, high: int) -> bytes:
    return octets(data, key, low=low, high=high) if key in data else b""


def _u32(data: fields.Json, key: str) -> int:
    return fields.integer(data, key, high=fields.U32_MAX)


def _model(data: fields.Json) -> ChipModel:
    return ChipModel(
        name=fields.text(data, "name", limit=NAME_MAX),
        version=fields.text(data, "version", limit=NAME_MAX),
        digest=octets(data, "digest", low=DIGEST_BYTES, high=DIGEST_BYTES),
        build=octets(data, "build", low=DIGEST_BYTES, high=DIGEST_BYTES),
        abi=_optional_octets(data, "abi", DIGEST_BYTES, DIGEST_BYTES),
    )


def _slot(data: fields.Json) -> ChipSlot:
    return ChipSlot(
        slot=fields.integer(data, "slot", high=255),
        state=SlotState(fields.integer(data, "state", high=max(SlotState))),
        counter=_u32(data, "counter"),
        size_bytes=fields.integer(data, "size", high=IMAGE_MAX),
        digest=_optional_octets(data, "digest", DIGEST_BYTES, DIGEST_BYTES),
    )
