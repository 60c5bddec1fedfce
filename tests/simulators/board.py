"""The demonstration firmware on a machine of its own: QEMU's board, or the host's process, with one
line over TCP; and a client of that line.
"""

import base64
import binascii
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cbor2

from builds.image.chip import board_firmware, host_board
from tests.ports import free_port, listens
from tests.waiting import until

QEMU = "qemu-system-arm"
ANSWER_SECONDS, TRIES = 10.0, 30
FIRST, MORE = b"\x06\x09", b"\x04\x14"
GROUP_OS, GROUP_IMAGES, GROUP_CHIP = 0, 1, 64
IDENTITY, WINDOWS, PROOF, SLOTS, UPLOAD, SWITCH, CONFIRM, ERASE = range(8)
HEADER = struct.Struct(">BBHHBB")
MADE = struct.Struct("<IBB2x16s32s")
MADE_MAGIC = 0x444D4645
MADE_ADDRESS = 0x2100_0000


@dataclass(frozen=True)
class Made:
    """What the maker wrote into the chip."""

    hardware_id: bytes
    strength: int = 0
    key: bytes = bytes(32)

    def file(self) -> bytes:
        return MADE.pack(
            MADE_MAGIC, self.strength, len(self.hardware_id), self.hardware_id, self.key
        )


class Refused(Exception):
    """The chip's error: its group (None for the protocol's own) and code."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        error = answer.get("err", answer)
        self.code = int(error["rc"])
        super().__init__(str(dict(answer)))


@dataclass
class Line:
    """A client of the serial line."""

    socket: socket.socket
    sequence: int = 0
    rest: bytearray = field(default_factory=bytearray)

    def ask(self, command: int, payload: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Send a request of group 64 and give the answer's map; Refused where it is an error."""
        answer = self.exchange(command, payload or {}, **more)
        if "err" in answer or answer.get("rc"):
            raise Refused(answer)
        return answer

    def exchange(self, command: int, payload: Mapping[str, Any], **more: Any) -> Any:
        """Send a request and give the answer's map, whatever it says.

        A board that resets itself loses what it was asked just then: it is asked again.
        """
        for _ in range(TRIES):
            self.post(command, payload, **more)
            with suppress(TimeoutError):
                return self._answer()
        raise AssertionError(f"the board did not answer command {command}")

    def _answer(self) -> Any:
        while True:
            packet = self._packet()
            if packet[6] == self.sequence:
                return cbor2.loads(packet[HEADER.size :])

    def post(
        self,
        command: int,
        payload: Mapping[str, Any],
        *,
        write: bool = False,
        group: int = GROUP_CHIP,
        version: int = 1,
    ) -> None:
        """Send a request and wait for nothing."""
        self.sequence = (self.sequence + 1) % 256
        data = cbor2.dumps(dict(payload))
        operation = version << 3 | (2 if write else 0)
        head = HEADER.pack(operation, 0, len(data), group, self.sequence, command)
        self.socket.sendall(framed(head + data))

    def upload(self, data: bytes, sha: bytes, *, piece: int = 480, start: int = 0) -> int:
        """Send a file from `start`; gives the number of requests."""
        offset, sent = start, 0
        while offset < len(data):
            first = {"len": len(data), "sha": sha} if offset == 0 else {}
            body = {"off": offset, "data": data[offset : offset + piece], **first}
            offset = self.ask(UPLOAD, body, write=True)["off"]
            sent += 1
        return sent

    def _packet(self) -> bytes:
        packet = bytearray()
        while True:
            line = self._line()
            line = line[max(line.rfind(FIRST), 0) :]  # behind one that a reset has cut
            if line.startswith(FIRST):
                packet = bytearray()
            elif not line.startswith(MORE):
                continue
            packet += base64.b64decode(line[2:])
            length = int.from_bytes(packet[:2], "big")
            if len(packet) >= 2 + length:
                assert len(packet) == 2 + length
                assert binascii.crc_hqx(bytes(packet[2:]), 0) == 0
                return bytes(packet[2:-2])

    def _line(self) -> bytes:
        while b"\n" not in self.rest:
            got = self.socket.recv(4096)
            if not got:
                raise ConnectionError("the board has closed the line")
            self.rest += got
        line, _, after = bytes(self.rest).partition(b"\n")
        self.rest = bytearray(after)
        return line


def framed(packet: bytes) -> bytes:
    """A packet as lines of a console."""
    crc = binascii.crc_hqx(packet, 0).to_bytes(2, "big")
    text = base64.b64encode((len(packet) + 2).to_bytes(2, "big") + packet + crc)
    lines = [text[at : at + 124] for at in range(0, len(text), 124)]
    return b"".join((MORE if at else FIRST) + line + b"\n" for at, line in enumerate(lines))


@cache
def host_program() -> bytes:
    return host_board()


@cache
def firmware(machine: str) -> bytes:
    return board_firmware(machine)


@dataclass
class Running:
    """A board that runs; `line()` connects, which only one client can at a time."""

    port: int
    process: subprocess.Popen[bytes]

    @contextmanager
    def line(self) -> Iterator[Line]:
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=ANSWER_SECONDS) as made:
            yield Line(made)


@contextmanager
def host(folder: Path, made: Made) -> Iterator[Running]:
    """The board as a process of this machine; its flash stays in the folder."""
    program, port_file = folder / "board", folder / "port"
    if not program.exists():
        program.write_bytes(host_program())
        program.chmod(0o700)
    (folder / "made.bin").write_bytes(made.file())
    port_file.unlink(missing_ok=True)
    command = [str(program), str(port_file), str(folder / "flash.bin"), str(folder / "made.bin")]
    with subprocess.Popen(command) as process:
        try:
            until(lambda: port_file.exists() and port_file.read_text().endswith("\n"), "it listens")
            yield Running(int(port_file.read_text()), process)
        finally:
            process.kill()


@contextmanager
def qemu(folder: Path, made: Made, machine: str = "mps2-an386") -> Iterator[Running]:
    """The board in QEMU; its flash lives as long as QEMU does."""
    (folder / "made.bin").write_bytes(made.file())
    (folder / "board.elf").write_bytes(firmware(machine))
    port = free_port()
    command = [QEMU, "-M", machine, "-display", "none", "-monitor", "none"]
    # The board's clock counts its own instructions, so a busy machine does not look like a hang.
    command += ["-icount", "shift=4"]
    command += ["-kernel", str(folder / "board.elf"), "-serial", "chardev:line"]
    command += ["-chardev", f"socket,id=line,host=127.0.0.1,port={port},server=on,wait=off"]
    place = f"addr={MADE_ADDRESS:#x},force-raw=on"
    command += ["-device", f"loader,file={folder / 'made.bin'},{place}"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            until(lambda: listens(port), "QEMU listens", process=process)
            yield Running(port, process)
        finally:
            process.kill()


def has_qemu() -> bool:
    return shutil.which(QEMU) is not None
