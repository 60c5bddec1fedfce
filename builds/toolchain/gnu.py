"""GNU Arm (`arm-none-eabi-g++`), for those who ship with it: used when asked for and installed."""

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from builds.targets import Target
from builds.toolchain.compiler import COMPILE_SECONDS, LINK_SECONDS, LinkPlan, common_flags
from builds.toolchain.errors import ToolFailed, ToolMissing
from builds.toolchain.run import Folders, check, folders_of

PROGRAM = "arm-none-eabi-g++"


def gnu_available() -> bool:
    """Whether the compiler is on the path."""
    return shutil.which(PROGRAM) is not None


class GnuArm:
    """The Arm Cortex-M compiler of most vendors' kits."""

    name = "gnu"

    def version(self) -> str:
        """For example `GNU Arm 12.2.1`."""
        return _version()

    def compile(self, source: Path, out: Path, target: Target, cflags: Sequence[str]) -> None:
        """Compile one source file to an object."""
        flags = [*_machine(target), *common_flags(source), *cflags]
        command: list[str | Path] = [PROGRAM, *flags, "-c", source.name, "-o", out.resolve()]
        what = f"compiling {source.name} for {target.name}"
        check(command, what=what, cwd=source.parent, deadline_seconds=COMPILE_SECONDS)

    def link(self, job: LinkPlan, target: Target) -> None:
        """Link by a script."""
        keep = [f"-Wl,-u,{root}" for root in job.roots]
        options = ["-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none"]
        paths: list[str | Path] = [
            "-T",
            job.script.resolve(),
            *[item.resolve() for item in job.objects],
            "-lgcc",
        ]
        command: list[str | Path] = [
            PROGRAM,
            *_machine(target),
            *options,
            f"-Wl,-e,{job.entry}",
            *keep,
            *paths,
        ]
        what = f"linking {job.out.name} for {target.name}"
        whole: list[str | Path] = [*command, "-o", job.out.resolve()]
        folders = Folders(readable=folders_of([*job.objects, job.script]))
        check(whole, what=what, cwd=job.out.parent, deadline_seconds=LINK_SECONDS, folders=folders)

    def shared(self, objects: Sequence[Path], out: Path, target: Target) -> None:
        """Microcontrollers have no shared objects."""
        raise ToolFailed(f"GNU Arm makes no shared object for {target.name}; use clang")


def _machine(target: Target) -> tuple[str, ...]:
    if not target.gnu_cflags:
        raise ToolFailed(f"GNU Arm does not serve {target.name}; use clang")
    return target.gnu_cflags


@cache
def _version() -> str:
    if not gnu_available():
        raise ToolMissing(f"{PROGRAM} is not installed; install it or build with clang")
    done = check([PROGRAM, "-dumpfullversion"], what=PROGRAM, deadline_seconds=30.0)
    return f"GNU Arm {done.stdout.strip()}"
