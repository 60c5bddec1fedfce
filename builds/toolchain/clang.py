"""Clang and lld as the `ziglang` package brings them: one download compiles for every target.

Guarantees: zig's own additions are off (it turns UBSan on and links a C library by default).
"""

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from builds.targets import Kind, Target
from builds.toolchain.cache import tool_cache, zig_environment
from builds.toolchain.compiler import COMPILE_SECONDS, LINK_SECONDS, LinkPlan, common_flags
from builds.toolchain.errors import ToolMissing
from builds.toolchain.run import Folders, check, folders_of

ARCHIVE_SECONDS = 30.0
WASM_STACK_BYTES = 64 * 1024


@cache
def zig_program() -> Path:
    """The program inside the `ziglang` package; importing that package would start it."""
    spec = find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise ToolMissing("the Python package 'ziglang' is not installed; it brings the compiler")
    return Path(spec.origin).parent / ("zig.exe" if os.name == "nt" else "zig")


def zig(
    arguments: Sequence[str | Path],
    *,
    what: str,
    seconds: float,
    cwd: Path | None = None,
    reads: Sequence[Path] = (),
) -> str:
    """Run `zig` and give back what it printed; it sees `cwd`, and `reads` with their folders."""
    command: list[str | Path] = [zig_program(), *arguments]
    env = zig_environment()
    folders = Folders(readable=folders_of(reads), writable=[tool_cache()])
    return check(
        command, what=what, cwd=cwd, deadline_seconds=seconds, env=env, folders=folders
    ).stdout


def archive(objects: Sequence[Path], out: Path) -> None:
    """A static library without times, owners or modes of the machine that made it; `out` lies in
    the folder of the objects.
    """
    names = [item.name for item in objects]
    zig(["ar", "rcsD", out.name, *names], what="ar", cwd=out.parent, seconds=ARCHIVE_SECONDS)


def link_wasm(objects: Sequence[Path], out: Path, roots: Sequence[str]) -> None:
    """A module that imports nothing and exports `roots` and where its data lies."""
    exports = [f"--export={name}" for name in (*roots, "__data_end", "__global_base")]
    options = ["--no-entry", "--gc-sections", "--no-merge-data-segments", "--strip-debug"]
    stack = ["-z", f"stack-size={WASM_STACK_BYTES}"]
    paths = [str(item.resolve()) for item in objects]
    command = ["wasm-ld", *options, *stack, *exports, *paths, "-o", str(out.resolve())]
    what = f"linking {out.name}"
    zig(command, what=what, cwd=out.parent, reads=objects, seconds=LINK_SECONDS)


class Clang:
    """The default compiler, for all targets."""

    name = "clang"

    def version(self) -> str:
        """For example `clang 20.1.2 (zig 0.15.1)`."""
        return _version()

    def compile(self, source: Path, out: Path, target: Target, cflags: Sequence[str]) -> None:
        """Compile one source file to an object."""
        own = ["-fno-sanitize=all", *(["-fPIC"] if target.kind is Kind.LINUX else [])]
        flags = [*_machine(target), *common_flags(source), *own, *cflags]
        command: list[str | Path] = ["c++", *flags, "-c", source.name, "-o", out.resolve()]
        what = f"compiling {source.name} for {target.name}"
        zig(command, what=what, cwd=source.parent, seconds=COMPILE_SECONDS)

    def link(self, job: LinkPlan, target: Target) -> None:
        """Link by a script."""
        keep = [f"-Wl,-u,{root}" for root in job.roots]
        options = ["-static", "-Wl,--gc-sections", "-Wl,--build-id=none"]
        bare = [f"-Wl,-e,{job.entry}", *([] if job.runtime else ["-nostdlib"])]
        paths: list[str | Path] = [
            "-Wl,-T," + str(job.script.resolve()),
            *[item.resolve() for item in job.objects],
        ]
        command: list[str | Path] = [
            "c++",
            *_machine(target, link=True),
            *options,
            *bare,
            *keep,
            *paths,
        ]
        what = f"linking {job.out.name} for {target.name}"
        command += ["-o", job.out.resolve()]
        reads = [*job.objects, job.script]
        zig(command, what=what, cwd=job.out.parent, reads=reads, seconds=LINK_SECONDS)

    def shared(self, objects: Sequence[Path], out: Path, target: Target) -> None:
        """Link a shared object that needs nothing, so that any C library can load it."""
        options = ["-nostdlib", "-shared", "-Wl,-z,defs", "-Wl,--gc-sections", "-Wl,-s"]
        named = [f"-Wl,-soname,{out.name}", "-Wl,--build-id=none", "-o", str(out.resolve())]
        files = [str(item.resolve()) for item in objects]
        command = ["c++", *_machine(target), *options, *named, *files]
        what = f"linking {out.name} for {target.name}"
        zig(command, what=what, cwd=out.parent, reads=objects, seconds=LINK_SECONDS)


def _machine(target: Target, *, link: bool = False) -> list[str]:
    # A Linux image for the emulator is linked like firmware: zig would add a C library to it.
    system = "freestanding-none" if link and target.kind is Kind.LINUX else None
    triple = f"{target.arch}-{system}" if system else target.triple
    return ["-target", triple, *target.cflags]


@cache
def _version() -> str:
    number = zig(["version"], what="zig version", seconds=ARCHIVE_SECONDS).strip()
    text = zig(["cc", "--version"], what="clang version", seconds=ARCHIVE_SECONDS)
    words = text.split()
    clang = words[words.index("version") + 1] if "version" in words else "unknown"
    return f"clang {clang} (zig {number})"
