"""Flash and RAM of the library's parts, read from images that a linker made of them."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builds.image.schema_table import SchemaTable, schema_table, table_header
from builds.targets import load_target
from builds.toolchain import compile_all, compiler_by_name, image_sizes, link_image
from builds.toolchain.elf import Elf
from builds.toolchain.script import DEFAULT_ADDRESSES
from device_agent.chip import PARTS, sources
from device_agent.protocol.descriptors import DESCRIPTORS
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import EDGES_LIMIT, Feature, TelemetrySchema

# For size. Zig takes its own -Oz for -Os, so clang itself is told.
CFLAGS = {"clang": ("-Os", "-Xclang", "-Oz"), "gnu": ("-Os",)}
STATED_FOR = "clang"  # the limits hold for the default compiler
STANDARD_FEATURES, STANDARD_CLASSES = 8, 4
STANDARD_ELEMENTS = 64
CALL, STATE = "ef_", "ef_state_"
# What a firmware calls only where a table reaches it that was not linked with it.
SELDOM = frozenset({"ef_schema_check"})
# What takes models is measured apart: with it, a firmware is above what everything may take.
MEASURED_APART = frozenset({"slots", "smp", "images", "weights"})


@dataclass(frozen=True)
class LinkedSize:
    """Bytes that some parts add to a firmware."""

    parts: str
    target: str
    flash: int
    ram: int


def standard_schema(
    features: int = STANDARD_FEATURES, classes: int = STANDARD_CLASSES
) -> TelemetrySchema:
    """The profile that sizes are stated for: features of sixteen bins each."""
    names = tuple(DESCRIPTORS)
    edges = tuple(range(-90, -90 + 12 * EDGES_LIMIT, 12))
    return TelemetrySchema(
        "standard",
        "1",
        tuple(Feature(f"f{i}", names[i % len(names)], edges) for i in range(features)),
        tuple(f"c{i}" for i in range(classes)),
    )


def standard_table() -> SchemaTable:
    """The table of the standard profile."""
    given = Tensor("x", "int8", (1, STANDARD_ELEMENTS), 1.0, 0, STANDARD_ELEMENTS)
    output = Tensor("y", "int8", (1, STANDARD_CLASSES), 1.0, 0, STANDARD_CLASSES)
    return schema_table(standard_schema(), given, output)


def library_parts() -> tuple[str, ...]:
    """Every part that counts and keeps, and is counted together."""
    return tuple(part for part in PARTS if part not in MEASURED_APART)


def part_files(*parts: str) -> dict[str, str]:
    """The texts of these parts by their plain names, as the toolchain takes them."""
    return {path.name: path.read_text("utf-8") for path in sources(*parts)}


def linked_size(
    parts: Sequence[str],
    target_name: str,
    state: Mapping[str, str],
    *,
    compiler: str = "clang",
    whole: bool = False,
) -> LinkedSize:
    """Link these parts with what a firmware keeps for them; `whole` with what it seldom calls."""
    target, with_compiler = load_target(target_name), compiler_by_name(compiler)
    files = {**part_files(*parts), **_state_files(parts, state)}
    with tempfile.TemporaryDirectory(prefix="edgefleet-chip-") as name:
        folder = Path(name)
        objects = compile_all(
            files, target, folder, cflags=CFLAGS[compiler], compiler=with_compiler
        )
        calls = _calls(objects, whole=whole)
        image = folder / "parts.elf"
        link_image(
            objects,
            target,
            image,
            DEFAULT_ADDRESSES,
            compiler=with_compiler,
            entry=next(call for call in calls if not call.startswith(STATE)),
            roots=calls,
        )
        code, weights, bss, data = image_sizes(image)
    return LinkedSize(_named(parts, whole=whole), target.name, code + weights, bss + data)


def _named(parts: Sequence[str], *, whole: bool) -> str:
    return "everything" if whole else " + ".join(parts)


def _calls(objects: Sequence[Path], *, whole: bool) -> list[str]:
    """What is there for a firmware to call, and what it keeps."""
    found = {name for item in objects for name in Elf(item.read_bytes()).symbols}
    unwanted = frozenset() if whole else SELDOM
    return sorted(name for name in found - unwanted if name.startswith(CALL))


def _state_files(parts: Sequence[str], state: Mapping[str, str]) -> dict[str, str]:
    """A source that holds what a firmware keeps in RAM for these parts."""
    headers = sorted(name for name in part_files(*parts) if name.endswith(".h"))
    lines = [f'#include "{name}"' for name in [*headers, "ef_schema_standard.h"]]
    kept = [state[part] for part in parts if part in state]
    text = "\n".join([*lines, 'extern "C" {', *kept, "}", ""])
    return {"state.cc": text, "ef_schema_standard.h": table_header(standard_table(), "standard")}
