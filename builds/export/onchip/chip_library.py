"""The chip's library in an export: its sources in one flat folder, with what counts this model.

Guarantees: the sources are the very files that are tested and measured; the schema's table is that
of the version whose schema was given, and there is none where no chip could count by it.
"""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

from builds.export.material import Material
from builds.image import ImageError
from builds.image.schema_table import SchemaTable, schema_table, table_header
from builds.targets import Kind, Target, load_target
from builds.verify import TensorSlot
from device_agent.chip import ED25519, sources
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import TelemetrySchema, parse_schema

CODE: Final = ".cc"
PLAIN_NAME: Final = "model"
SCHEMA_BYTES: Final = 1024**2
README: Final = "README.md"
BUILD_FILE: Final = "CMakeLists.txt"
HEAR: Final = """\
`{header}` is what the recorder counts by: the telemetry schema of this version as a table. This
is all that a firmware adds:

```cpp
{example}```"""
NO_SCHEMA: Final = """\
The recorder counts by a table, the telemetry schema of a version as a header. This archive was
made without one. Export with `--schema FILE`, the schema as the service gives it, and
`ef_schema_{name}.h` lies here; in archives of the service it does."""
C_ONLY: Final = frozenset({"-fshort-enums"})  # what Zig's own compiler does not know
NOTE: Final = """\
## Hear from it, update it

The folder `ef` has the chip's library: it counts what the model does, keeps windows in flash and
takes new models. Its `README.md` has the lines that a firmware adds.

"""
EXAMPLE: Final = "hear.cc"


def has_library(material: Material) -> bool:
    """Whether the target is one that the library is for."""
    return load_target(material.target).kind is Kind.MCU


def library_files(material: Material) -> dict[str, bytes]:
    """The library's sources by name, and the table of the telemetry schema."""
    made = {path.name: path.read_bytes() for path in (*sources(), ED25519)}
    if header := schema_header(material):
        made[f"ef_schema_{library_name(material)}.h"] = header.encode()
    return made


def placed_files(material: Material, folder: PurePosixPath, suffix: str) -> dict[str, bytes]:
    """The same by their paths, code with the suffix that the ecosystem gives it."""
    return {
        str(folder / (name.removesuffix(CODE) + suffix if name.endswith(CODE) else name)): data
        for name, data in library_files(material).items()
    }


def library_name(material: Material) -> str:
    """What its table is called."""
    return material.symbols or PLAIN_NAME


def library_texts(suffix: str) -> Mapping[str, str]:
    """What goes along, with @words@; a build file where code is called as CMake's users call it."""
    return {name: _text(name) for name in (README, *([BUILD_FILE] if suffix == CODE else ()))}


def _text(name: str) -> str:
    return (files("builds.export.onchip") / name).read_text("utf-8")


def library_words(material: Material, folder: str) -> dict[str, str]:
    """What layouts and the library's own texts may name; nothing where there is no library."""
    target = load_target(material.target)
    names = sorted(library_files(material)) if has_library(material) and folder else []
    code = [name for name in names if name.endswith(CODE)]
    place = PurePosixPath(folder)
    return {
        "library_names": "\n  ".join(code),
        "library_sources": " ".join(str(place / name) for name in code),
        "library_quoted": "".join(f'\n    "{place / name}"' for name in code),
        "library_pack": "".join(map(_pack_line, (str(place / name) for name in names))),
        "library_note": NOTE if names else "",
        "machine_note": _machine_note(target),
        "zig_target": _zig_target(target),
        "gnu_machine": " ".join(target.gnu_cflags),
        "hear": _hear(material),
    }


def _machine_note(target: Target) -> str:
    """Flags that every file of a firmware for this processor has."""
    if not target.gnu_cflags or target.kind is not Kind.MCU:
        return ""
    gnu, zig = " ".join(target.gnu_cflags), _zig_target(target)
    return f"The processor's own flags: `{gnu}` (GNU Arm), `-target {zig}` (ziglang).\n\n"


def _zig_target(target: Target) -> str:
    return " ".join([target.triple, *(flag for flag in target.cflags if flag not in C_ONLY)])


def schema_header(material: Material) -> str:
    """The table of the schema as a C header; empty where no chip could count by it."""
    table = _table(material)
    return table_header(table, library_name(material)) if table else ""


def schema_words(material: Material) -> tuple[int, ...]:
    """The same as numbers."""
    table = _table(material)
    return table.words if table else ()


def _table(material: Material) -> SchemaTable | None:
    if not material.schema:
        return None
    slots = material.interface.inputs[0], material.interface.outputs[0]
    given, output = map(_tensor, slots)
    try:
        return schema_table(parsed_schema(material.schema), given, output)
    except (ImageError, ProtocolError):
        return None


def parsed_schema(data: bytes) -> TelemetrySchema:
    """A telemetry schema as devices get it; ProtocolError says what is wrong."""
    return parse_schema(parse_json(data, limit_bytes=SCHEMA_BYTES, what="The telemetry schema"))


def _tensor(slot: TensorSlot) -> Tensor:
    return Tensor(slot.name, slot.dtype, slot.shape, slot.scale, slot.zero_point, slot.nbytes)


def _hear(material: Material) -> str:
    name = library_name(material)
    if not schema_header(material):
        return NO_SCHEMA.format(name=name)
    example = _text(EXAMPLE).replace("@name@", name).replace("@NAME@", name.upper())
    return HEAR.format(header=f"ef_schema_{name}.h", example=example)


def _pack_line(path: str) -> str:
    kinds = {".cc": "sourceCpp", ".h": "header"}
    kind = kinds.get(PurePosixPath(path).suffix, "other")
    return f'        <file category="{kind}" name="{path}"/>\n'
