"""`python -m tests.device_agent.chip.fuzz [EXECUTIONS] [SEED]`: strangers talk to a chip's server.

Under AddressSanitizer and UndefinedBehaviorSanitizer, by libFuzzer where clang++ has it, else by a
small fuzzer of our own. Prints the figures; a finding ends it with its input in the file `crash`.
"""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import cbor2

from builds.image.model_image import PayloadKind, SlotImage, pack
from device_agent.chip import sources
from tests.device_agent.chip.native import (
    HERE,
    SANITIZED,
    WARNINGS,
    compile_program,
    figures,
    include,
    run,
)
from tests.simulators.board import CONFIRM, ERASE, GROUP_CHIP, SWITCH, UPLOAD, WINDOWS, framed

EXECUTIONS = 10_000_000
SECONDS = 4 * 3600.0
PARTS = ("images", "weights")
# smp_fuzz.cc: what an input begins with
PACKET, LINES, PAYLOAD, CBOR, SESSION, THROUGH, WEIGHTS = range(7)
GROUPS = {0: 0, 1: 1, GROUP_CHIP: 2}  # as smp_fuzz.cc reads them
PIECE = 160


def image(counter: int) -> bytes:
    """A file that the chip under test takes."""
    made = SlotImage(
        PayloadKind.CODE, 0, bytes(range(200)), 0, counter, bytes(8), bytes(32), bytes(32)
    )
    return pack(made)


def payload(command: int, body: Mapping[str, object], *, write: bool, group: int = 64) -> bytes:
    return bytes([2 if write else 0, GROUPS[group], command]) + cbor2.dumps(dict(body))


def update(data: bytes, counter: int) -> Iterator[bytes]:
    """The payloads of a whole update."""
    sha = hashlib.sha256(data).digest()
    for at in range(0, len(data), PIECE):
        first = {"len": len(data), "sha": sha} if at == 0 else {}
        yield payload(UPLOAD, {"off": at, "data": data[at : at + PIECE], **first}, write=True)
    yield payload(SWITCH, {"sha": sha, "counter": counter}, write=True)
    yield payload(CONFIRM, {"sha": sha}, write=True)


def seeds() -> Iterator[bytes]:
    """Inputs that say something, for a fuzzer to begin with."""
    for counter in (2, 3):
        yield bytes([SESSION]) + b"".join(
            bytes([len(one)]) + one for one in update(image(counter), counter)
        )
    for command in range(8):
        yield bytes([PAYLOAD]) + payload(command, {}, write=False)
    acts: list[tuple[int, int, dict[str, object]]] = [
        (64, WINDOWS, {"boot": 1, "seq": 0}),
        (64, ERASE, {"slot": 1}),
        (64, SWITCH, {"sha": bytes(32), "counter": 9, "mac": bytes(32), "sig": bytes(64)}),
        (0, 0, {"d": "hello"}),
        (0, 5, {}),
        (1, 0, {"hash": bytes(32), "confirm": True}),
        (1, 1, {"off": 0, "len": 300, "sha": bytes(32), "data": b"EFM1"}),
        (1, 5, {"slot": 1}),
    ]
    for group, command, body in acts:
        yield bytes([PAYLOAD]) + payload(command, body, write=True, group=group)
        data = cbor2.dumps(body)
        packet = struct.pack(">BBHHBB", 10, 0, len(data), group, 7, command) + data
        yield bytes([PACKET]) + packet
        yield bytes([LINES]) + framed(packet)
        yield bytes([THROUGH]) + packet
    deep = {"off": 1, "data": b"12", "d": "t", "confirm": False, "more": [[[{"a": [1, -2]}]]]}
    yield bytes([CBOR]) + cbor2.dumps(deep)
    for vectors in (1, 2):
        yield bytes([WEIGHTS, 8]) + b"weights." + weights_vectors(vectors)


def weights_vectors(count: int) -> bytes:
    """Vectors of the code in smp_fuzz.cc, which gives each of four bytes, and their sum."""
    given = bytes([1, 2, 3, 4])
    return struct.pack("<III", count, 4, 5) + (given + given + bytes([10])) * count


def write_seeds(folder: Path) -> Path:
    folder.mkdir()
    for index, seed in enumerate(seeds()):
        (folder / f"seed{index:03}").write_bytes(seed)
    return folder


def compile_loop(folder: Path) -> Path:
    """The program with our own fuzzer: coverage of the chip's sources alone."""
    loop = folder / "fuzz_loop.o"
    command = ["g++", *WARNINGS, *SANITIZED, "-O2", "-c", str(HERE / "fuzz_loop.cc")]
    run([*command, "-o", str(loop)], folder)
    traced = (*SANITIZED, "-O1", "-fsanitize-coverage=trace-pc", str(loop))
    return compile_program(folder / "fuzz", ["smp_fuzz.cc"], parts=PARTS, flags=traced)


def compile_libfuzzer(folder: Path) -> Path | None:
    """The program with libFuzzer, or None where there is none."""
    paths = sources(*PARTS)
    code = [str(path) for path in paths if path.suffix == ".cc"]
    flags = ["-std=c++17", "-O1", "-g", "-fsanitize=fuzzer,address,undefined"]
    flags += ["-fno-sanitize-recover=all", *include(paths)]
    command = ["clang++", *flags, *code, str(HERE / "smp_fuzz.cc"), "-o", str(folder / "libfuzz")]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return folder / "libfuzz" if done.returncode == 0 else None


def main(executions: int = EXECUTIONS, seed: int = 1) -> int:
    """Fuzz, and print what was done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = write_seeds(folder / "corpus")
        start = time.monotonic()
        if program := compile_libfuzzer(folder):
            options = [f"-runs={executions}", f"-seed={seed}", "-max_len=1200"]
            command = [str(program), *options, "-artifact_prefix=" + str(Path.cwd()) + "/crash-"]
            done = subprocess.run([*command, str(corpus)], check=False)
            found: dict[str, object] = {"fuzzer": "libFuzzer", "executions": executions}
            found["findings"] = int(done.returncode != 0)
        else:
            program = compile_loop(folder)
            found = {"fuzzer": "own", **figures(program, executions, seed, corpus, seconds=SECONDS)}
    found["seconds"] = round(time.monotonic() - start, 1)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return int(bool(found["findings"]))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
