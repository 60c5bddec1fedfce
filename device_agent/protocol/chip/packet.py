"""An SMP packet: eight bytes of header, big-endian, and a CBOR map.

``Res:3 Ver:2 OP:3 | flags:8 | length:16 | group:16 | sequence:8 | command:8``, as in Zephyr's
documentation of the Simple Management Protocol. Errors come as ``{"err": {"group", "rc"}}`` from a
server of version 2, and as ``{"rc"}`` from an older one.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from device_agent.protocol import fields
from device_agent.protocol.chip.cbor import dumps_map, loads_map
from device_agent.protocol.errors import ProtocolError

HEADER: Final = struct.Struct(">BBHHBB")
VERSION: Final = 1  # what the header calls the second version
U8_MAX: Final = 255
U16_MAX: Final = 65_535


class Operation(IntEnum):
    """What a packet is; an answer is one more than its request."""

    READ = 0
    READ_ANSWER = 1
    WRITE = 2
    WRITE_ANSWER = 3


class SmpGroup(IntEnum):
    """The groups of commands that a gateway uses."""

    SYSTEM = 0
    IMAGE = 1
    STATISTICS = 2
    CHIP = 64  # ours; 64 and above are free for applications


@dataclass(frozen=True, slots=True)
class Fault:
    """A server's no: the group that says it, and its number there."""

    group: int
    code: int


@dataclass(frozen=True, slots=True)
class Packet:
    """One request or answer."""

    operation: Operation
    group: int
    command: int
    sequence: int = 0
    payload: dict[str, object] = field(default_factory=dict)
    version: int = VERSION


def dump_packet(packet: Packet) -> bytes:
    """Return the packet's bytes."""
    body = dumps_map(packet.payload)
    first = packet.version << 3 | packet.operation
    head = HEADER.pack(first, 0, len(body), packet.group, packet.sequence, packet.command)
    return head + body


def parse_packet(data: bytes, *, definite: bool = False) -> Packet:
    """Return the packet in ``data``, or a sentence that says why it is none.

    Zephyr's server leaves the lengths of its maps open, also where it says that it does not know
    our group; a chip of ours never does (``definite``).
    """
    if len(data) < HEADER.size:
        raise ProtocolError(f"An SMP packet has {HEADER.size} bytes of header, not {len(data)}.")
    first, _, length, group, sequence, command = HEADER.unpack_from(data)
    if length != len(data) - HEADER.size:
        raise ProtocolError(
            f"The SMP header announces {length} bytes, {len(data) - HEADER.size} follow."
        )
    try:
        operation = Operation(first & 7)
    except ValueError as error:
        raise ProtocolError(f"SMP knows no operation {first & 7}.") from error
    payload = loads_map(data[HEADER.size :], "The SMP payload", definite=definite)
    return Packet(operation, group, command, sequence, payload, first >> 3 & 3)


def parse_fault(packet: Packet) -> Fault | None:
    """Return the error that an answer tells, if it tells one."""
    err = packet.payload.get("err")
    if err is not None:
        data = fields.members(err, "An SMP error")
        group = fields.integer(data, "group", high=U16_MAX)
        return Fault(group, fields.integer(data, "rc", low=1, high=U16_MAX))
    code = fields.integer(packet.payload, "rc", high=U16_MAX) if "rc" in packet.payload else 0
    return Fault(packet.group, code) if code else None


def dump_fault(fault: Fault, *, version: int) -> dict[str, object]:
    """Return an error in the words of a request's version."""
    if version < VERSION:
        return {"rc": fault.code}
    return {"err": {"group": fault.group, "rc": fault.code}}
