"""A microcontroller that speaks only MCUmgr, in memory: two slots behind a boot loader, or one."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from device_agent.protocol.chip.image import parse_boot_image
from device_agent.protocol.chip.packet import (
    Fault,
    Operation,
    Packet,
    dump_fault,
    dump_packet,
    parse_packet,
)

NOT_SUPPORTED = 8


def boot_image(body: bytes) -> bytes:
    """An image as MCUboot frames it, with its digest in a record; nobody signed it."""
    header = struct.pack("<IIHHIIBBHII", 0x96F3B83D, 0, 32, 0, len(body), 0, 1, 2, 3, 4, 0)
    digest = hashlib.sha256(header + body).digest()
    record = struct.pack("<BBH", 0x10, 0, 32) + digest
    return header + body + struct.pack("<HH", 0x6907, 4 + len(record)) + record


@dataclass
class SimBoard:
    """`primary` starts; `secondary` is what was uploaded beside it."""

    primary: bytes = field(default_factory=lambda: boot_image(b"factory"))
    secondary: bytes = b""
    slots: int = 2
    confirmed: bool = True
    pending: bool = False
    in_boot_loader: bool = False
    before: bytes = b""  # what a trial goes back to
    starts: Callable[[bytes], bool] = lambda image: True  # whether an image starts at all

    silent_for: int = 0  # questions after a reset that nobody hears
    uploads: int = 0
    receiving: bytes = b""
    wanted: int = 0

    def handle(self, data: bytes) -> bytes | None:
        if self.silent_for:
            self.silent_for -= 1
            return None
        request = parse_packet(data)
        writes = request.operation is Operation.WRITE
        known = {
            (0, 5, True): self._reset,
            (1, 0, False): self._state,
            (1, 0, True): self._test_or_confirm,
            (1, 1, True): self._upload,
        }
        act = known.get((request.group, request.command, writes), _unknown)
        if self.in_boot_loader and (request.group, request.command) == (1, 0) and writes:
            act = _unknown
        payload = act(request)
        return dump_packet(
            Packet(
                Operation(request.operation + 1),
                request.group,
                request.command,
                request.sequence,
                payload,
            )
        )

    def reset(self) -> None:
        """The boot loader decides what starts."""
        self.in_boot_loader = False
        if self.pending and self.starts(self.secondary):
            self.before, self.primary, self.secondary = self.primary, self.secondary, self.primary
            self.confirmed = False
        elif not self.confirmed:
            self.primary, self.secondary, self.confirmed = self.before, self.primary, True
        self.pending = False
        self.in_boot_loader = not self.starts(self.primary)

    def _reset(self, request: Packet) -> dict[str, object]:
        self.reset()
        if request.payload.get("boot_mode") == 1:
            self.in_boot_loader = True
        self.silent_for = 2
        return {}

    def _state(self, request: Packet) -> dict[str, object]:
        listed: list[dict[str, object]] = []
        for slot, image in enumerate((self.primary, self.secondary)):
            if not image:
                continue
            told: dict[str, object] = {
                "slot": slot,
                "version": "1.2.3",
                "hash": parse_boot_image(image).digest,
            }
            if not self.in_boot_loader:
                told["active"] = slot == 0
                told["confirmed"] = slot == 0 and self.confirmed
                told["pending"] = slot == 1 and self.pending
            listed.append(told)
        return {"images": listed}

    def _test_or_confirm(self, request: Packet) -> dict[str, object]:
        if self.slots == 1:
            return _unknown(request)
        if request.payload.get("confirm") is True:
            self.confirmed = True
        else:
            self.pending = True
        return self._state(request)

    def _upload(self, request: Packet) -> dict[str, object]:
        offset, data = request.payload["off"], request.payload["data"]
        assert isinstance(offset, int)
        assert isinstance(data, bytes)
        if offset == 0:
            length = request.payload["len"]
            assert isinstance(length, int)
            self.receiving, self.wanted = b"", length
            self.uploads += 1
        if offset == len(self.receiving):
            self.receiving += data
        if len(self.receiving) == self.wanted:
            if self.in_boot_loader:
                self.primary = self.receiving
            else:
                self.secondary = self.receiving
        return {"rc": 0, "off": len(self.receiving)}


def _unknown(request: Packet) -> dict[str, object]:
    return dump_fault(Fault(request.group, NOT_SUPPORTED), version=0)
