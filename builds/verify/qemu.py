"""Run the target's machine code on a Cortex-M board of `qemu-system-arm`.

QEMU cannot say how many instructions ran, but with `-icount` each takes a fixed virtual time, so
SysTick tells. One run makes an instruction shorter than a tick (so that the 24-bit counter never
wraps: the coarse count), a second makes it much longer than a tick (the exact count, modulo the
wrap); together they are exact.
"""

import shutil
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

from builds.toolchain import ToolTimeout, compile_all, compiler_by_name, link_image
from builds.toolchain.clang import Clang
from builds.toolchain.compiler import Compiler
from builds.toolchain.elf import Elf
from builds.toolchain.run import check, made, run
from builds.toolchain.script import Addresses
from builds.verify.child import EngineAnswer
from builds.verify.errors import EngineFailed, EngineUnavailable
from builds.verify.subject import Subject
from fleet.lib.trees import give_input, read_output

PROGRAM = "qemu-system-arm"
QEMU_SECONDS = 300.0
LEFT_MAX = 64 * 1024**2  # bytes of a file that the board left
LINK_CFLAGS = ("-O1",)
COARSE_SHIFT, FINE_SHIFT = 0, 10  # an instruction takes 2^shift ns of virtual time
NANOSECONDS = 1_000_000_000
COUNTER = 1 << 24  # SysTick has 24 bits
STACK_WINDOW_BYTES = 128 * 1024  # painted before each vector, from the end of the model's RAM


@dataclass(frozen=True)
class BoardMap:
    """Where a board has its memories, and how fast SysTick runs."""

    rom: int
    rom_bytes: int
    ram: int
    ram_bytes: int
    request: int
    clock_hz: int


BOARDS = {
    "mps2-an385": BoardMap(0x0, 0x40_0000, 0x2000_0000, 0x40_0000, 0x2100_0000, 25_000_000),
    "mps2-an386": BoardMap(0x0, 0x40_0000, 0x2000_0000, 0x40_0000, 0x2100_0000, 25_000_000),
    "mps2-an500": BoardMap(0x0, 0x40_0000, 0x2000_0000, 0x40_0000, 0x6000_0000, 25_000_000),
    "mps2-an505": BoardMap(0x1000_0000, 0x40_0000, 0x3800_0000, 0x20_0000, 0x8000_0000, 20_000_000),
    "mps3-an547": BoardMap(0x0, 0x8_0000, 0x2000_0000, 0x8_0000, 0x6000_0000, 32_000_000),
}


def run_qemu(subject: Subject, inputs: Sequence[bytes], machine: str, cpu: str) -> EngineAnswer:
    """The linked image with its harness on a board, with an exact instruction count."""
    version = qemu_version()
    board = BOARDS[machine]
    with tempfile.TemporaryDirectory(prefix="edgefleet-qemu-") as name:
        folder = Path(name)
        _link(subject, board, folder)
        _check_room(board, machine, folder)
        coarse = _boot(subject, inputs, machine, folder, COARSE_SHIFT)
        outputs = _outputs(subject, folder, len(inputs))
        fine = _boot(subject, inputs[:1], machine, folder, FINE_SHIFT)
    facts = {
        "engine": f"{version} {machine} {cpu}",
        "instructions": _instructions(board, coarse, fine),
        "stack_bytes": max(stack for _, stack in coarse[1:]),
    }
    return EngineAnswer(outputs, facts)


@cache
def qemu_version() -> str:
    """For example `qemu 7.2.22`; EngineUnavailable where there is none."""
    if shutil.which(PROGRAM) is None:
        raise EngineUnavailable(f"{PROGRAM} is not installed")
    done = check([PROGRAM, "--version"], what=PROGRAM, deadline_seconds=30.0)
    words = done.stdout.split()
    return f"qemu {words[words.index('version') + 1]}"


def harness_source() -> str:
    """The C++ text of the bare-metal harness."""
    return (files("builds.verify.harness") / "cortex_m.cc").read_text("utf-8")


def _link(subject: Subject, board: BoardMap, folder: Path) -> None:
    compiler: Compiler = compiler_by_name(subject.compiler)
    stack = board.ram + board.ram_bytes
    defines = (f"-DEF_REQUEST={board.request:#x}u", f"-DEF_STACK_TOP={stack:#x}u")
    window = f"-DEF_STACK_WINDOW={STACK_WINDOW_BYTES}u"
    model = compile_all(
        subject.files, subject.target, folder, cflags=subject.cflags, compiler=compiler
    )
    harness = compile_all(
        {"harness.cc": harness_source()},
        subject.target,
        folder,
        cflags=(*LINK_CFLAGS, *defines, window),
        compiler=Clang(),
    )
    link_image(
        [*model, *harness],
        subject.target,
        folder / "image.elf",
        Addresses(board.rom, board.ram),
        compiler=Clang(),
        entry="ef_start",
    )


def _check_room(board: BoardMap, machine: str, folder: Path) -> None:
    rooms = ((board.rom, board.rom_bytes), (board.ram, board.ram_bytes - STACK_WINDOW_BYTES))
    for piece in Elf(made(folder / "image.elf")).pieces:
        if not any(
            start <= piece.address and piece.address + piece.size <= start + size
            for start, size in rooms
        ):
            raise EngineUnavailable(f"{machine} has too little memory for this model")


def _boot(
    subject: Subject, inputs: Sequence[bytes], machine: str, folder: Path, shift: int
) -> list[tuple[int, int]]:
    """Boot the board once; gives (ticks, stack bytes) of the empty call and of every vector."""
    give_input(folder, "request.bin", _request(subject, inputs))
    for old in ("outputs.bin", "counts.bin"):
        (folder / old).unlink(missing_ok=True)
    load = f"loader,file=request.bin,addr={BOARDS[machine].request:#x},force-raw=on"
    quiet = ["-nographic", "-monitor", "none", "-serial", "none"]
    argv = [PROGRAM, "-M", machine, *quiet, "-kernel", "image.elf", "-device", load]
    argv += ["-semihosting-config", "enable=on,target=native"]
    argv += ["-icount", f"shift={shift},align=off,sleep=off"]
    try:
        done = run(argv, cwd=folder, deadline_seconds=QEMU_SECONDS, processes=False)
    except ToolTimeout as error:
        raise EngineFailed(str(error)) from None
    if done.returncode != 0:
        raise EngineFailed(f"the model broke on {machine}: {done.stderr.strip()[:300] or 'fault'}")
    counts = _left(folder, "counts.bin")
    if len(counts) != 8 * (len(inputs) + 1):
        raise EngineFailed(f"the model on {machine} ended before the last vector")
    return list(struct.iter_unpack("<II", counts))


def _request(subject: Subject, inputs: Sequence[bytes]) -> bytes:
    sizes = [*subject.interface.input_bytes, *subject.interface.output_bytes]
    head = (len(inputs), len(subject.interface.inputs), len(subject.interface.outputs), *sizes)
    return struct.pack(f"<{len(head)}I", *head) + b"".join(inputs)


def _outputs(subject: Subject, folder: Path, vectors: int) -> list[bytes]:
    stride = sum(subject.interface.output_bytes)
    data = _left(folder, "outputs.bin")
    if len(data) != stride * vectors:
        raise EngineFailed(f"the board gave {len(data)} output bytes, not {stride * vectors}")
    return [data[at * stride : (at + 1) * stride] for at in range(vectors)]


def _left(folder: Path, name: str) -> bytes:
    return read_output(folder, name, limit_bytes=LEFT_MAX) or b""


def _instructions(
    board: BoardMap, coarse: Sequence[tuple[int, int]], fine: Sequence[tuple[int, int]]
) -> int:
    """Instructions of the first vector; the empty call is one instruction."""
    ticks = [rows[1][0] - rows[0][0] for rows in (coarse, fine)]
    return count_instructions(ticks[0], ticks[1], board.clock_hz)


def count_instructions(coarse_ticks: int, fine_ticks: int, clock_hz: int) -> int:
    """Join a coarse and a wrapped fine measurement, both less what an empty call of one costs."""
    per_fine = Fraction((1 << FINE_SHIFT) * clock_hz, NANOSECONDS)
    per_coarse = Fraction((1 << COARSE_SHIFT) * clock_hz, NANOSECONDS)
    about = coarse_ticks / per_coarse
    wraps = round((about * per_fine - fine_ticks) / COUNTER)
    return round((fine_ticks + wraps * COUNTER) / per_fine) + 1
