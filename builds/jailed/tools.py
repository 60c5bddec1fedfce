"""Which programs a jailed child may have run, and what each sees beside the files that are sent.

Guarantees: a child chooses among these, never a path or an environment; what it adds are arguments,
and none by which a compiler that shares its cache loads code.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from builds.jailed.ask import Ask, BadAsk
from builds.toolchain.cache import tool_cache, zig_environment
from builds.toolchain.clang import zig_program

ZIG: Final = "zig"
PYTHON: Final = "python"
GNU: Final = "arm-none-eabi-g++"
QEMU: Final = "qemu-system-arm"
BUILDS: Final = Path(__file__).resolve().parents[1]
SCRIPTS: Final = frozenset(
    {
        *(f"verify/children/{name}.py" for name in ("classical", "explore", "host", "tflm")),
        *(f"verify/children/{name}.py" for name in ("unicorn_cpu", "wasmtime_vm")),
        "export/children/arena.py",
    }
)
SCRIPT_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
ZIG_COMMANDS: Final = frozenset({"ar", "c++", "cc", "version", "wasm-ld"})
LOADS_CODE: Final = re.compile(r"@|.*plugin|.*-Xclang|.*-mllvm|.*-load|-B|.*-specs|-wrapper")
# Asked with no files they always answer the same, so each worker asks them once.
FACTS: Final = frozenset({("version",), ("cc", "--version"), ("-dumpfullversion",), ("--version",)})


@dataclass(frozen=True)
class Program:
    """A command as the worker runs it."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    readable: Sequence[Path] = ()
    writable: Sequence[Path] = ()


def program_of(ask: Ask) -> Program:
    """Raises BadAsk for a program that no child of ours asks for."""
    match ask.tool:
        case "zig":
            _check_zig(ask.arguments)
            return Program([str(zig_program())], zig_environment(), writable=[tool_cache()])
        case "python" if ask.script in SCRIPTS:
            script = BUILDS / ask.script
            command = [sys.executable, "-I", str(script)]
            return Program(command, SCRIPT_ENVIRONMENT, readable=[script.parent])
        case "arm-none-eabi-g++" | "qemu-system-arm":
            return Program([ask.tool])
    raise BadAsk(f"There is no tool {ask.tool[:32]!r} with the script {ask.script[:64]!r}.")


def tool_of(argv: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    """How a child names the program of a command: tool, script and arguments."""
    if argv[0] == str(zig_program()):
        return ZIG, "", tuple(argv[1:])
    if argv[0] == sys.executable and argv[1] == "-I":
        return PYTHON, str(Path(argv[2]).relative_to(BUILDS)), tuple(argv[3:])
    return argv[0], "", tuple(argv[1:])


def is_fact(ask: Ask) -> bool:
    """Whether the answer depends on the program alone."""
    return ask.folder is None and not ask.reads and ask.arguments in FACTS


def _check_zig(arguments: Sequence[str]) -> None:
    if not arguments or arguments[0] not in ZIG_COMMANDS:
        raise BadAsk("The compiler is asked for what no child of ours needs.")
    if any(LOADS_CODE.match(word) for word in arguments):
        raise BadAsk("The compiler is asked to load code.")
