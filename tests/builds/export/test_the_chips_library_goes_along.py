"""Whoever has an archive has all that counts the model and takes the next one."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from builds.export import ExportError, Material, lay_out, load_layout
from builds.export.cli import _schema
from builds.targets import load_target
from builds.toolchain.gnu import PROGRAM, gnu_available
from builds.toolchain.run import check
from device_agent.chip import ED25519, sources
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.builds.export.exports import LAYOUTS, TARGET, material, members

SCHEMA = TelemetrySchema(
    "gear", "1.4.0", (Feature("level", "mean", (-50, 0, 50)),), tuple("abcde"), window_seconds=60
)
FOLDERS = {"arduino": "src/ef"}
WARNINGS = ("-Wall", "-Wextra", "-Werror")
ASIDE = ("-std=c++17", "-Os", "-ffunction-sections", "-fno-exceptions", "-fno-rtti")


def counted(layout: str = "sources") -> Material:
    """The export with a telemetry schema."""
    return replace(material(layout, named=True), schema=canonical_json(dump_schema(SCHEMA)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_the_sources_that_are_tested(layout: str) -> None:
    held, folder = members(layout), FOLDERS.get(layout, "ef")
    for path in (*sources(), ED25519):
        name = (
            path.with_suffix(".cpp").name if folder != "ef" and path.suffix == ".cc" else path.name
        )
        assert held[f"{folder}/{name}"] == path.read_bytes()
    assert f"{folder}/README.md" in held
    assert "`ef`" in held["README.md"].decode()


def test_a_processor_that_is_no_microcontroller_gets_none() -> None:
    held = lay_out(load_layout("sources"), replace(material(), target="linux-x86_64"))
    assert not [path for path in held if path.startswith("ef/")]
    assert "ef" not in held["README.md"].decode().split()


def test_the_table_of_the_schema_lies_beside_it() -> None:
    held = lay_out(load_layout("sources"), counted())
    assert b"#define EF_GEAR_WEAR_2_RECORDER_BYTES" in held["ef/ef_schema_gear_wear_2.h"]
    assert "ef_schema_gear_wear_2.h" in held["ef/README.md"].decode()
    without = lay_out(load_layout("sources"), material())
    assert not [path for path in without if "ef_schema" in path]
    assert "--schema FILE" in without["ef/README.md"].decode()


@pytest.mark.toolchain
@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
def test_the_library_and_its_readmes_lines_compile_together(tmp_path: Path) -> None:
    held = lay_out(load_layout("sources"), counted())
    for path, data in held.items():
        (tmp_path / Path(path).name).write_bytes(data)
    headers = sorted(path.name for path in tmp_path.glob("*.h") if "golden" not in path.name)
    assert {"slots.h", "gear_wear_2.h", "ef_common.h", "gear_wear_2_info.h"} <= set(headers)
    for number, text in enumerate(blocks(held["ef/README.md"])):
        (tmp_path / f"readme{number}.cc").write_text(text)
    # A model's names and the library's stand in one file.
    (tmp_path / "all.cc").write_text("".join(f'#include "{name}"\n' for name in headers))
    code = sorted(path.name for path in tmp_path.glob("*.cc") if "gear" not in path.name)
    assert {"readme0.cc", "readme1.cc", "ef_recorder.cc"} <= set(code)
    command = [PROGRAM, *load_target(TARGET).gnu_cflags, *WARNINGS, *ASIDE, "-c", *code]
    assert check(command, what=PROGRAM, cwd=tmp_path, deadline_seconds=120.0).stderr == ""


def blocks(readme: bytes) -> list[str]:
    return re.findall(r"^```cpp\n(.*?)^```", readme.decode(), re.M | re.S)


def test_a_schema_is_read_before_it_goes_along() -> None:
    spaced = json.dumps(dump_schema(SCHEMA), indent=2)
    assert _schema(spaced) == canonical_json(dump_schema(SCHEMA))
    assert _schema(None) == b""
    for text in ("{}", "[", '{"format": 1, "format": 1}'):
        with pytest.raises(ExportError, match="The telemetry schema cannot be read: "):
            _schema(text)
