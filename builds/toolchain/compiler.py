"""What every compiler must offer, and the flags that hold for all of them.

Guarantees: an object depends only on the text of its source, the target and the flags: no path,
time or host name gets in, and no code that the platform would have to support (exceptions,
unwinding, guards, UBSan).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from builds.targets import Target

COMPILE_SECONDS = 300.0  # one source file, cold caches, a slow machine
LINK_SECONDS = 300.0  # the first link for a CPU also builds the compiler's run-time library
STRICT = ("-Wall", "-Wextra", "-Werror")
COMMON = (
    "-std=c++17",
    "-ffreestanding",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    "-fomit-frame-pointer",
    "-fno-threadsafe-statics",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-ident",
    "-g0",
)


@dataclass(frozen=True)
class LinkPlan:
    """One link: objects to an ELF file by a linker script, keeping what `roots` need."""

    objects: Sequence[Path]
    script: Path
    roots: Sequence[str]
    entry: str
    out: Path
    runtime: bool  # whether the compiler's own run-time library is needed


class Compiler(Protocol):
    """A C++ compiler for one family of targets."""

    name: str

    def version(self) -> str:
        """Name and version as a person would write them."""

    def compile(self, source: Path, out: Path, target: Target, cflags: Sequence[str]) -> None:
        """Compile one source file; the working directory is the source's folder."""

    def link(self, job: LinkPlan, target: Target) -> None:
        """Link by a script, dropping what nothing needs."""

    def shared(self, objects: Sequence[Path], out: Path, target: Target) -> None:
        """Link a shared object that needs no other library."""


def common_flags(source: Path) -> tuple[str, ...]:
    """Flags of every compile, with the folder's path taken out of what is emitted."""
    return (*COMMON, *STRICT, f"-ffile-prefix-map={source.parent}=.")
