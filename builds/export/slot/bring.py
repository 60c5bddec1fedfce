"""Bring a file to a chip with model slots: `python3 bring.py LINE [FILE]`.

LINE is a serial device or HOST:PORT. Without a file it says who answers and how many windows of
telemetry wait; with one it uploads it, switches (the chip runs the golden vectors) and confirms.
Python's standard library alone.
"""

import base64
import binascii
import hashlib
import io
import os
import socket
import struct
import sys
import tty
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

HEADER = struct.Struct(">BBHHBB")  # operation and version, flags, length, group, sequence, command
VERSION, WRITE, GROUP = 1 << 3, 2, 64
IDENTITY, WINDOWS, SLOTS, UPLOAD, SWITCH, CONFIRM = 0, 1, 3, 4, 5, 6
FIRST, MORE, LETTERS = b"\x06\x09", b"\x04\x14", 124  # of a line, and base64 in it
COUNTER = struct.Struct("<20xI")  # in the head of a model image
PIECE = 224  # bytes of a file in one request
SECONDS = 60.0  # erasures and golden vectors take their time
SIZES = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
SIMPLE = {20: False, 21: True, 22: None}


def dump(value: int | bytes | str | Mapping[str, Any]) -> bytes:
    """Write CBOR."""
    if isinstance(value, int):
        return _head(0, value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    items = b"".join(dump(key) + dump(item) for key, item in value.items())
    return _head(5, len(value)) + items


def _head(kind: int, size: int) -> bytes:
    return struct.pack(">BI", kind << 5 | 26, size)


def load(data: BinaryIO) -> Any:
    """Read CBOR."""
    kind, size = divmod(data.read(1)[0], 32)
    if size in SIZES:
        (size,) = struct.unpack(SIZES[size], data.read(struct.calcsize(SIZES[size])))
    if kind == 7:
        return SIMPLE[size]
    if kind in (2, 3):
        held = data.read(size)
        return held if kind == 2 else held.decode()
    if kind == 4:
        return [load(data) for _ in range(size)]
    if kind == 5:
        return {load(data): load(data) for _ in range(size)}
    return size


class Chip:
    """The chip at the end of a line."""

    def __init__(self, line: str) -> None:
        self._sequence, self._rest = 0, bytearray()
        host, _, port = line.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), SECONDS) if host else None
        self._file = -1 if host else os.open(line, os.O_RDWR | os.O_NOCTTY)
        if not host:
            tty.setraw(self._file)

    def ask(self, command: int, body: Mapping[str, Any], *, write: bool = False) -> Any:
        """The answer's map; exits with what the chip says where it refuses."""
        self._sequence = (self._sequence + 1) % 256
        data, operation = dump(body), VERSION | (WRITE if write else 0)
        head = HEADER.pack(operation, 0, len(data), GROUP, self._sequence, command)
        self._send(head + data)
        while (answer := self._packet())[6] != self._sequence:
            pass  # of a question before
        told = load(io.BytesIO(answer[HEADER.size :]))
        if "err" in told or told.get("rc"):
            why = self.ask(SLOTS, {})["why"] if command != SLOTS else ""
            sys.exit(f"The chip refuses command {command}: {told} {why}")
        return told

    def _send(self, packet: bytes) -> None:
        crc = binascii.crc_hqx(packet, 0)
        text = base64.b64encode(
            struct.pack(">H", len(packet) + 2) + packet + struct.pack(">H", crc)
        )
        for at in range(0, len(text), LETTERS):
            line = (MORE if at else FIRST) + text[at : at + LETTERS] + b"\n"
            if self._socket:
                self._socket.sendall(line)
            else:
                os.write(self._file, line)

    def _packet(self) -> bytes:
        packet = b""
        while True:
            line = self._line()
            if line.startswith(FIRST):
                packet = b""
            elif not line.startswith(MORE):
                continue
            packet += base64.b64decode(line[2:])
            if len(packet) > 2 and len(packet) >= 2 + int.from_bytes(packet[:2], "big"):
                return packet[2:-2]

    def _line(self) -> bytes:
        while b"\n" not in self._rest:
            got = self._socket.recv(4096) if self._socket else os.read(self._file, 4096)
            if not got:
                sys.exit("The line was closed.")
            self._rest += got
        line, _, rest = bytes(self._rest).partition(b"\n")
        self._rest = bytearray(rest)
        return line


def bring(chip: Chip, data: bytes) -> None:
    """Upload, switch, confirm."""
    sha, (counter,), at = hashlib.sha256(data).digest(), COUNTER.unpack_from(data), 0
    while at < len(data):
        first = {"len": len(data), "sha": sha} if at == 0 else {}
        piece = {"off": at, "data": data[at : at + PIECE], **first}
        at = chip.ask(UPLOAD, piece, write=True)["off"]
    chip.ask(SWITCH, {"sha": sha, "counter": counter}, write=True)
    chip.ask(CONFIRM, {"sha": sha}, write=True)


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    chip = Chip(arguments[0])
    if len(arguments) > 1:
        bring(chip, Path(arguments[1]).read_bytes())
    told = chip.ask(IDENTITY, {})
    model = told.get("model")
    runs = f"{model['name']} {model['version']}" if model else "no model"
    waiting = chip.ask(WINDOWS, {})["n"]
    says = f"{told['board']} ({told['id'].hex()}), firmware {told['fw']}"
    sys.stdout.write(f"{says}, runs {runs}, {waiting} windows wait\n")


if __name__ == "__main__":
    main(sys.argv[1:])
