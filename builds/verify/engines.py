"""The three engines.

TensorFlow Lite Micro, the generated code on this host, and on the target's emulated CPU.
"""

import platform
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from builds.targets import Target, load_target
from builds.toolchain import ToolchainError, ToolMissing, build_library, build_shared
from builds.toolchain.clang import Clang
from builds.toolchain.counter import counter_library
from builds.toolchain.elf import Elf
from builds.toolchain.script import ENTRY_POINTS
from builds.verify.child import EngineAnswer, run_engine
from builds.verify.errors import EngineAborted, EngineFailed, EngineUnavailable
from builds.verify.qemu import run_qemu
from builds.verify.reals import function_library, own_functions
from builds.verify.subject import Subject
from builds.verify.tflm import ask_tflm

TFLM_SECONDS = 120.0
HOST_SECONDS = 60.0
EMULATOR_SECONDS = 300.0
# Of address space: the virtual machine reserves far more than it touches.
WASMTIME_MEMORY_MAX = 64 * 1024**3
HOST_TARGETS = {
    ("Linux", "x86_64"): "linux-x86_64",
    ("Linux", "aarch64"): "linux-aarch64",
}


class ProofEngine(Protocol):
    """Runs a subject over inputs; raises EngineUnavailable or EngineFailed."""

    def __call__(self, subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
        """Outputs and facts."""


def run_tflm(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """The reference interpreter; `skipped` among its facts are the vectors on which it aborts."""
    try:
        return _ask(subject, inputs)
    except EngineAborted:
        answer = _ask(subject, inputs, probe=True)
    if len(answer.facts["skipped"]) == len(inputs):
        raise EngineUnavailable("TensorFlow Lite Micro aborts on every vector")
    return answer


def _ask(subject: Subject, inputs: Sequence[bytes], *, probe: bool = False) -> EngineAnswer:
    names = own_functions(subject.files)
    return ask_tflm(
        subject.model,
        subject.interface,
        inputs,
        deadline_seconds=TFLM_SECONDS,
        probe=probe,
        stateful=subject.stateful,
        functions=function_library(host_target()) if names else None,
    )


def run_host(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """The generated code, compiled for this machine."""
    target = host_target()
    shared = build_shared(
        subject.files, target, subject.workdir / "host", cflags=tuple(subject.cflags)
    )
    return run_engine(
        "host",
        subject.interface,
        inputs,
        files={"libmodel.so": shared.read_bytes()},
        options={"compiler": Clang().version()},
        deadline_seconds=HOST_SECONDS,
    )


def host_target() -> Target:
    """This machine as a target; raises EngineUnavailable where it is none of ours."""
    name = HOST_TARGETS.get((platform.system(), platform.machine()))
    if name is None:
        here = f"{platform.system()} on {platform.machine()}"
        raise EngineUnavailable(f"the host engine runs on Linux, x86-64 or AArch64, not on {here}")
    return load_target(name)


def run_emulator(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """The target's machine code, on the first of its emulators that this machine has."""
    reasons = []
    for spec in subject.target.emulators:
        engine, machine, cpu = spec.split(":")
        runner = EMULATORS.get(engine)
        if runner is None:
            reasons.append(f"no engine {engine!r}")
            continue
        try:
            return runner(subject, inputs, machine, cpu)
        except EngineUnavailable as error:
            reasons.append(str(error))
    raise EngineUnavailable("; ".join(reasons) or f"{subject.target.name} has no emulator")


def run_unicorn(subject: Subject, inputs: Sequence[bytes], machine: str, cpu: str) -> EngineAnswer:
    """The linked image on a unicorn CPU, with an exact instruction count."""
    image = Elf(_image(subject))
    placed, blob = _flat(image)
    thumb = 1 if machine == "thumb" else 0  # the bit that marks a thumb function's address
    options: dict[str, Any] = {
        "arch": machine,
        "cpu": cpu,
        "pieces": placed,
        "symbols": {name: image.symbols[name] & ~thumb for name in ENTRY_POINTS},
        "steps": [address & ~thumb for address in _starts(image, subject.steps)],
    }
    return run_engine(
        "unicorn_cpu",
        subject.interface,
        inputs,
        files={"image.bin": blob, "counter.so": counter_library()},
        options=options,
        deadline_seconds=EMULATOR_SECONDS,
    )


def run_wasmtime(subject: Subject, inputs: Sequence[bytes], machine: str, cpu: str) -> EngineAnswer:
    """The linked module in the `wasmtime` virtual machine; it has no instructions to count."""
    del machine, cpu  # there is one WebAssembly
    return run_engine(
        "wasmtime_vm",
        subject.interface,
        inputs,
        files={"model.wasm": _image(subject)},
        options={},
        deadline_seconds=EMULATOR_SECONDS,
        memory_bytes=WASMTIME_MEMORY_MAX,
    )


def _starts(image: Elf, steps: Sequence[str]) -> list[int]:
    """Give the addresses of all these functions, or none when one of them is not to be found."""
    found = {n: a for s, a in image.symbols.items() for n in steps if f"{len(n)}{n}E" in s}
    return [found[name] for name in steps] if len(found) == len(steps) else []


def _image(subject: Subject) -> bytes:
    library = build_library(
        subject.files,
        subject.target,
        subject.workdir / "target",
        cflags=tuple(subject.cflags),
        compiler=subject.compiler,
    )
    return library.image.read_bytes()


def _flat(image: Elf) -> tuple[list[list[int]], bytes]:
    """Each piece as [address, offset, size, memory], and the bytes they point into."""
    placed, blob = [], b""
    for piece in image.pieces:
        placed.append([piece.address, len(blob), len(piece.data), piece.size])
        blob += piece.data
    return placed, blob


EMULATORS = {"unicorn": run_unicorn, "qemu": run_qemu, "wasmtime": run_wasmtime}
ENGINES: Mapping[str, ProofEngine] = {"tflm": run_tflm, "host": run_host, "emulator": run_emulator}


def attempt(engine: ProofEngine, subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """Run an engine; what the toolchain says becomes what the engine says."""
    try:
        return engine(subject, inputs)
    except ToolMissing as error:
        raise EngineUnavailable(str(error)) from None
    except ToolchainError as error:
        raise EngineFailed(str(error)) from None
