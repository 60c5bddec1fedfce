"""The children of a gateway, as its configuration names them: ``children``, a list of objects.

A name is the child's controller id, and unique in the fleet. Two children on one port are refused
here: their answers could not be told apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from device_agent.errors import Misconfigured
from device_agent.protocol import fields
from device_agent.protocol.errors import ProtocolError

CHILDREN_MAX: Final = 256
BAUDRATE: Final = 115_200
UDP_PORT: Final = 1337
PACKET_BYTES: Final = 256  # that a link of somebody's own carries at once
PACKET_MIN: Final = 96  # an upload's first piece with its digest has to fit
MEMBERS: Final = frozenset(
    {"name", "transport", "address", "target", "baudrate", "recovery_bytes", "packet_bytes"}
)


class LineKind(StrEnum):
    """How packets travel."""

    CONSOLE = "console"  # a serial line, in lines of base64 with a checksum
    RAW = "raw"  # a serial line, the packets as they are
    UDP = "udp"
    OWN = "own"  # a port of three functions that the owner gives
    MEMORY = "memory"  # in this process, for tests and simulators


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """One child. ``address``: a device file, ``socket://host:port``, ``host[:port]`` for UDP, or
    ``module:function?words`` for a link of the owner's own.
    """

    name: str
    transport: LineKind
    address: str
    target: str = ""  # of a child that does not tell it, because it only speaks MCUmgr
    baudrate: int = BAUDRATE
    # What its boot loader takes at once, in bytes, where its only slot may be written through it.
    recovery_bytes: int = 0
    packet_bytes: int = PACKET_BYTES  # of the largest packet that a link of the owner's own carries

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Return where a child on UDP listens."""
        return _host_and_port(self.address)


def children_of(listed: Sequence[object]) -> tuple[ChildSettings, ...]:
    """Return the children; ``Misconfigured`` names the one that is wrong."""
    if len(listed) > CHILDREN_MAX:
        raise Misconfigured(f"A gateway has at most {CHILDREN_MAX} children.")
    children = tuple(_child(value, f"Child {number + 1}") for number, value in enumerate(listed))
    for what in ("name", "address"):
        named = [getattr(child, what) for child in children]
        twice = next((value for value in named if named.count(value) > 1), None)
        if twice is not None:
            raise Misconfigured(f"Two children have the {what} '{twice}'.")
    return children


def _child(value: object, what: str) -> ChildSettings:
    try:
        data = fields.members(value, what)
        unknown = sorted(set(data) - MEMBERS)
        if unknown:
            raise Misconfigured(f"{what} has an unknown setting '{unknown[0]}'.")
        child = ChildSettings(
            name=fields.name(data, "name"),
            transport=_transport(data),
            address=fields.text(data, "address", limit=256),
            target=fields.name(data, "target") if data.get("target") else "",
            baudrate=_baudrate(data),
            recovery_bytes=fields.integer(data, "recovery_bytes", high=16_384)
            if "recovery_bytes" in data
            else 0,
            packet_bytes=fields.integer(data, "packet_bytes", low=PACKET_MIN, high=16_384)
            if "packet_bytes" in data
            else PACKET_BYTES,
        )
    except ProtocolError as error:
        raise Misconfigured(f"{what} is not well described: {error}") from error
    if child.transport is LineKind.UDP:
        _host_and_port(child.address)
    return child


def _transport(data: Mapping[str, object]) -> LineKind:
    word = fields.text(data, "transport")
    try:
        return LineKind(word)
    except ValueError as error:
        known = ", ".join(LineKind)
        raise Misconfigured(f"There is no transport '{word}'; there are {known}.") from error


def _baudrate(data: Mapping[str, object]) -> int:
    if "baudrate" not in data:
        return BAUDRATE
    return fields.integer(data, "baudrate", low=300, high=12_000_000)


def _host_and_port(address: str) -> tuple[str, int]:
    host, bracket, rest = address.removeprefix("[").partition("]")
    if not bracket:
        host, colon, rest = address.partition(":")
        rest = colon + rest
    port = rest.removeprefix(":") or str(UDP_PORT)
    if not host or not port.isdecimal() or not 0 < int(port) <= fields.U32_MAX >> 16:
        raise Misconfigured(f"'{address}' is not an address of UDP: host, host:port, [host]:port.")
    return host, int(port)
