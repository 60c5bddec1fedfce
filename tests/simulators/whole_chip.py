"""A chip in the memory of this process: the C sources of slots and SMP server, asked in Python."""

import ctypes
import platform
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cbor2
import pytest

from builds.targets import load_target
from builds.toolchain import build_shared
from device_agent.chip import sources
from device_agent.protocol.chip.image import target_digest
from tests.simulators.board import GROUP_CHIP, HEADER

HOSTS = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}
BENCH = Path(__file__).parents[1] / "device_agent" / "chip" / "whole_chip.cc"
TARGET = "cortex-m4f"
ROOM = 384  # bytes of an answer
LINE_ROOM = 4096  # bytes that it sends for one piece of what comes
IMAGE = struct.Struct("<IHBBIIII8s32s32s")  # ef_model_image


@cache
def library() -> ctypes.CDLL:
    """The chip's sources for this machine; compiled once."""
    target = HOSTS.get(platform.machine())
    if target is None:
        pytest.skip(f"the chip's sources run on x86-64 and AArch64, not on {platform.machine()}")
    texts = {path.name: path.read_text("utf-8") for path in (*sources("images"), BENCH)}
    with tempfile.TemporaryDirectory(prefix="edgefleet-chip-") as name:
        shared = build_shared(texts, load_target(target), Path(name), cflags=("-O1",))
        return ctypes.CDLL(str(shared))


@dataclass
class WholeChip:
    """There is one at a time: its state is the library's."""

    hardware_id: bytes = b"chip-0001"
    strength: int = 0
    key: bytes = bytes(32)
    sequence: int = 0

    def __post_init__(self) -> None:
        library().chip_make(
            self.hardware_id, len(self.hardware_id), target_digest(TARGET), self.strength, self.key
        )

    def start(self, reset: int = 0) -> None:
        library().chip_start(reset)

    def seal(self, frame: bytes) -> None:
        """One window waits: boot 1, number 7."""
        library().chip_seal(frame, len(frame))

    def packet(self, request: bytes) -> bytes:
        """The answer to a packet; empty where there is none."""
        answer = ctypes.create_string_buffer(ROOM)
        size = int(library().chip_ask(request, len(request), answer, ROOM))
        return answer.raw[:size]

    def hear(self, data: bytes) -> bytes:
        """What the chip sends when these bytes come on its line."""
        sent = ctypes.create_string_buffer(LINE_ROOM)
        size = int(library().chip_hear(data, len(data), sent, LINE_ROOM))
        return sent.raw[:size]

    def ask(
        self,
        command: int,
        payload: Mapping[str, Any] | None = None,
        *,
        write: bool = False,
        group: int = GROUP_CHIP,
        version: int = 1,
    ) -> Any:
        """The map of an answer."""
        self.sequence = (self.sequence + 1) % 256
        data = cbor2.dumps(dict(payload or {}))
        operation = version << 3 | (2 if write else 0)
        head = HEADER.pack(operation, 0, len(data), group, self.sequence, command)
        answer = self.packet(head + data)
        first, _, length, said, sequence, of = HEADER.unpack(answer[: HEADER.size])
        assert (first, said, sequence, of) == (operation | 1, group, self.sequence, command)
        assert length == len(answer) - HEADER.size
        return cbor2.loads(answer[HEADER.size :])

    @property
    def resets(self) -> int:
        return int(library().chip_resets())
