"""The microcontrollers of the fleet: the firmware with model slots, in QEMU where it is installed,
else the same sources as a process of this machine.

What a board's flash holds and what its sensor shows are files, so that a demonstration that was cut
off goes on with the boards as they were.
"""

import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fleet.demo import tied
from fleet.demo.waits import Waits

QEMU: Final = "qemu-system-arm"
LOTS: Final = ("A5", "B7")
WINDOW_SECONDS: Final = 3
MADE: Final = struct.Struct("<IBBBx16s32s")  # ef_made of board.h
MADE_MAGIC: Final = 0x444D4645
SENSOR: Final = struct.Struct("<5I")  # ef_sensor of board.h, in front of its pixels
SENSOR_MAGIC: Final = 0x4E534645
GAIN_AT: Final = 16  # bytes into ef_sensor
GAIN_ONE: Final = 256
WHITE: Final = 16  # scikit-learn's digits hold 0 to 16
PIXELS: Final = 64
PSRAM_BYTES: Final = 16 * 1024 * 1024  # of QEMU's board
PSRAM_SENSOR: Final = 0x1_0000  # the sensor's place in it
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class BoardRunner:
    """What runs a board here: the target that it is, and its name for people."""

    target: str
    title: str

    @property
    def is_qemu(self) -> bool:
        """Whether it is emulated, and not a process of this machine."""
        return self.target == "mps2-an386"


QEMU_BOARD: Final = BoardRunner("mps2-an386", "QEMU's mps2-an386, a Cortex-M4")
HOST_BOARD: Final = BoardRunner("host-x86_64", "their firmware as processes of this machine")


@dataclass
class DemoBoard:
    """One board and its files."""

    name: str
    lot: str
    folder: Path
    engine: BoardRunner
    process: "subprocess.Popen[bytes] | None" = None
    port: int = 0

    @property
    def memory(self) -> Path:
        """The file whose bytes the sensor shows."""
        return self.folder / ("psram.bin" if self.engine.is_qemu else "sensor.bin")

    @property
    def address(self) -> str:
        """Where its serial line is, for a gateway."""
        return f"socket://127.0.0.1:{self.port}"

    def child(self) -> dict[str, object]:
        """What its gateway's settings say of it."""
        return {"name": self.name, "transport": "console", "address": self.address}

    def turn(self, gain: float) -> None:
        """Set what is left of its sensor's light."""
        start = PSRAM_SENSOR if self.engine.is_qemu else 0
        with self.memory.open("r+b") as file:
            file.seek(start + GAIN_AT)
            file.write(struct.pack("<I", round(gain * GAIN_ONE)))


def engine() -> BoardRunner | None:
    """What can run boards here; nothing without QEMU but on Linux on x86-64."""
    if shutil.which(QEMU):
        return QEMU_BOARD
    is_host = sys.platform == "linux" and platform.machine() == "x86_64"
    return HOST_BOARD if is_host else None


def plan(folder: Path, found: BoardRunner | None) -> list[DemoBoard]:
    """Return the boards that will be."""
    if found is None:
        return []
    names = [f"board-{index:02}" for index in range(1, len(LOTS) + 1)]
    return [
        DemoBoard(name, lot, folder / name, found) for name, lot in zip(names, LOTS, strict=True)
    ]


def start_firmware(
    folder: Path, root: Path, lock: int, found: BoardRunner
) -> "subprocess.Popen[bytes]":
    """Begin to compile the firmware, in a process of its own; it lies in `folder` afterwards."""
    argv = [sys.executable, "-m", "fleet.demo.chips.firmware", found.target, str(firmware(folder))]
    with (folder / "firmware.log").open("ab") as log:
        return subprocess.Popen(
            tied.command(*argv), cwd=root, stdout=log, stderr=log, pass_fds=(lock,)
        )


def firmware(folder: Path) -> Path:
    """The file of the firmware."""
    return folder / "board"


def prepare(board: DemoBoard, images: Path, pixels: int = PIXELS) -> None:
    """Write what its maker and its sensor hold, unless it was there before.

    `images` is a file of float32 from 0 to 1, `pixels` an image.
    """
    board.folder.mkdir(parents=True, exist_ok=True)
    if board.memory.exists():
        return
    made = MADE.pack(MADE_MAGIC, 0, len(board.name), WINDOW_SECONDS, board.name.encode(), bytes(32))
    shown = bytes(round(light * WHITE) for light in array("f", images.read_bytes()))
    head = SENSOR.pack(SENSOR_MAGIC, len(shown) // pixels, pixels, WHITE, GAIN_ONE)
    part = board.memory.with_suffix(".part")
    if board.engine.is_qemu:
        with part.open("wb") as file:
            file.truncate(PSRAM_BYTES)
            file.write(made)
            file.seek(PSRAM_SENSOR)
            file.write(head + shown)
    else:
        (board.folder / "made.bin").write_bytes(made)
        part.write_bytes(head + shown)
    part.replace(board.memory)


def start(board: DemoBoard, program: Path, root: Path, lock: int, waits: Waits) -> None:
    """Start the board and wait until its line is there."""
    told = board.folder / "port"
    told.unlink(missing_ok=True)
    if board.engine.is_qemu:
        board.port = _free_port()
        words = _emulated(board, program)
    else:
        flash, made = board.folder / "flash.bin", board.folder / "made.bin"
        words = [str(each) for each in (program, told, flash, made, board.memory)]
    with (board.folder / "log").open("ab") as log:
        board.process = subprocess.Popen(
            tied.command(*words),
            cwd=root,
            pass_fds=(lock,),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    waits.until(f"the board {board.name}", lambda: _listens(board, told), lambda seen: seen)


def stop(found: list[DemoBoard]) -> None:
    """End every board."""
    for board in found:
        if board.process:
            board.process.kill()
            board.process.wait(STOP_SECONDS)


def ended(found: list[DemoBoard]) -> str:
    """Return which board is no longer there, with the place of its log; nothing if all run."""
    for board in found:
        if board.process and board.process.poll() is not None:
            code = board.process.returncode
            return f"{board.name} ended with code {code}; its log is {board.folder / 'log'}"
    return ""


def _emulated(board: DemoBoard, program: Path) -> list[str]:
    words = [QEMU, "-M", "mps2-an386,memory-backend=psram", "-display", "none", "-monitor", "none"]
    memory = f"memory-backend-file,id=psram,size={PSRAM_BYTES},mem-path={board.memory},share=on"
    # The board's clock counts its own work, so that a busy machine does not look like a hang.
    words += ["-object", memory, "-icount", "shift=4", "-kernel", str(program)]
    line = f"socket,id=line,host=127.0.0.1,port={board.port},server=on,wait=off"
    return [*words, "-serial", "chardev:line", "-chardev", line]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(board: DemoBoard, told: Path) -> bool:
    if not board.engine.is_qemu:
        text = told.read_text() if told.exists() else ""
        if not text.endswith("\n"):
            return False
        board.port = int(text)
        return True
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", board.port)) == os.EX_OK
