"""From the compiler's C++ to a library, a shared object and their sizes.

Guarantees:
* equal sources, target and flags give equal bytes, in any folder;
* `code_bytes` counts all that the model adds to a firmware image apart from its weights: kernels,
  tables and what they pull in from the compiler's run-time library, after unused sections were
  dropped.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builds.targets import Kind, Target
from builds.toolchain.clang import Clang, archive, link_wasm
from builds.toolchain.compiler import Compiler, LinkPlan
from builds.toolchain.elf import Elf
from builds.toolchain.errors import ToolchainError, ToolFailed
from builds.toolchain.gnu import GnuArm
from builds.toolchain.run import made
from builds.toolchain.script import (
    DEFAULT_ADDRESSES,
    ENTRY_POINTS,
    SCRIPT_SYMBOLS,
    Addresses,
    entry_points,
    linker_script,
)
from builds.toolchain.wasm import wasm_sizes

COMPILERS: Mapping[str, type[Clang] | type[GnuArm]] = {"clang": Clang, "gnu": GnuArm}
SOURCE_NAME = re.compile(r"[A-Za-z0-9_]{1,64}\.(cc|h)")
# Unwinding is off; a reference to it from an object costs nothing and needs no run-time library.
UNWIND_PREFIX = "__aeabi_unwind_cpp_pr"


@dataclass(frozen=True)
class Library:
    """A static library, the same code linked at fixed addresses, and that image's sizes."""

    path: Path
    image: Path
    code_bytes: int
    weights_bytes: int
    bss_bytes: int
    data_bytes: int
    compiler_version: str


def compiler_by_name(name: str) -> Compiler:
    """`clang` or `gnu`."""
    try:
        return COMPILERS[name]()
    except KeyError:
        known = ", ".join(sorted(COMPILERS))
        raise ToolchainError(f"there is no compiler {name[:32]!r}; there are: {known}") from None


def build_library(
    files: Mapping[str, str],
    target: Target,
    out: Path,
    *,
    cflags: Sequence[str] = ("-O2",),
    compiler: str = "clang",
    name: str | None = None,
) -> Library:
    """Compile to `out/libmodel.a`; link `out/model.elf` (or `.wasm`) to know what it takes.

    A model with a name has it in place of `model`, and in its entry points.
    """
    with_compiler = compiler_by_name(compiler)
    out.mkdir(parents=True, exist_ok=True)
    stem, roots = name or "model", entry_points(name)
    with tempfile.TemporaryDirectory(prefix="edgefleet-build-") as folder:
        objects = compile_all(files, target, Path(folder), cflags=cflags, compiler=with_compiler)
        library = out / f"lib{stem}.a"
        archived = Path(folder) / library.name
        archive(objects, archived)
        library.write_bytes(made(archived))
        if target.kind is Kind.WASM:
            image = out / f"{stem}.wasm"
            linked = Path(folder) / image.name
            link_wasm(objects, linked, roots)
            image.write_bytes(made(linked))
            sizes = wasm_sizes(image.read_bytes())
        else:
            image = out / f"{stem}.elf"
            link_image(
                objects, target, image, DEFAULT_ADDRESSES, compiler=with_compiler, roots=roots
            )
            sizes = image_sizes(image)
    return Library(library, image, *sizes, compiler_version=with_compiler.version())


def build_shared(
    files: Mapping[str, str],
    target: Target,
    out: Path,
    *,
    cflags: Sequence[str] = ("-O2",),
) -> Path:
    """Compile `files` to `out/libmodel.so`, which needs no other library."""
    out.mkdir(parents=True, exist_ok=True)
    compiler = Clang()
    with tempfile.TemporaryDirectory(prefix="edgefleet-build-") as name:
        objects = compile_all(files, target, Path(name), cflags=cflags, compiler=compiler)
        shared = out / "libmodel.so"
        linked = Path(name) / shared.name
        compiler.shared(objects, linked, target)
        shared.write_bytes(made(linked))
    return shared


def compile_all(
    files: Mapping[str, str],
    target: Target,
    workdir: Path,
    *,
    cflags: Sequence[str],
    compiler: Compiler,
) -> list[Path]:
    """Write the sources to `workdir`, compile each `.cc`, give the objects by name."""
    for name, text in files.items():
        if not SOURCE_NAME.fullmatch(name):
            raise ToolchainError(f"a source's name must be plain, not {name[:64]!r}")
        (workdir / name).write_text(text, "utf-8")
    sources = sorted(name for name in files if name.endswith(".cc"))
    if not sources:
        raise ToolchainError("there is no .cc file to compile")
    objects = [workdir / f"{name.removesuffix('.cc')}.o" for name in sources]
    for name, item in zip(sources, objects, strict=True):
        compiler.compile(workdir / name, item, target, cflags)
    return objects


def link_image(
    objects: Sequence[Path],
    target: Target,
    out: Path,
    addresses: Addresses,
    *,
    compiler: Compiler,
    entry: str | None = None,
    roots: Sequence[str] = ENTRY_POINTS,
) -> None:
    """Link the four entry points and all they need at fixed addresses."""
    parsed = [Elf(made(item)) for item in objects]
    defined = {name for item in parsed for name in item.symbols}
    start = entry or roots[-1]
    if missing := [name for name in roots if name not in defined]:
        raise ToolFailed(f"the sources define no {', '.join(missing)}")
    wanted = {name for item in parsed for name in item.undefined} - defined - SCRIPT_SYMBOLS
    runtime = any(not name.startswith(UNWIND_PREFIX) for name in wanted)
    with tempfile.TemporaryDirectory(prefix="edgefleet-link-") as name:
        script = Path(name) / "model.ld"
        script.write_text(linker_script(target, addresses, entry=start), "utf-8")
        linked = Path(name) / out.name
        kept = sorted({*roots, start})
        compiler.link(LinkPlan(objects, script, kept, start, linked, runtime), target)
        out.write_bytes(made(linked))


def image_sizes(image: Path) -> tuple[int, int, int, int]:
    """(code, weights, bss, data) bytes of a linked image."""
    sections = [section for section in Elf(image.read_bytes()).sections if section.in_memory]
    sizes = {section.name: section.size for section in sections}
    weights = sizes.pop(".ef_weights", 0)
    bss = sizes.pop(".ef_arena", 0) + sizes.pop(".bss", 0)
    data = sizes.pop(".data", 0)
    return sum(sizes.values()) + data, weights, bss, data
