"""The library's sources as a firmware takes them: headers in plain C, sectors as large as told."""

import ctypes
from pathlib import Path

import pytest

from builds.bench.chip.wear import RingFlash
from builds.image.schema_table import schema_table, table_header
from builds.toolchain.clang import zig
from device_agent.chip import BOARDS, HOME, PARTS, board_sources, sources
from device_agent.protocol.schema import Feature, TelemetrySchema
from tests.device_agent.chip.flash import Shape, SimFlash
from tests.device_agent.chip.host import COMPILE_SECONDS, files_of, tensor
from tests.device_agent.chip.ring import OK, Ring

pytestmark = pytest.mark.toolchain

C11 = "-std=c11 -Wall -Wextra -Werror -pedantic -ffreestanding -c".split()


def test_headers_are_plain_c(tmp_path: Path) -> None:
    schema = TelemetrySchema("digits", "1", (Feature("f", "mean", (0,)),), ("a", "b"))
    table = schema_table(schema, tensor("x", (1, 4)), tensor("y", (1, 2)))
    files = files_of() | {"ef_schema_digits.h": table_header(table, "digits")}
    headers = sorted(name for name in files if name.endswith(".h"))
    lines = [f'#include "{name}"' for name in headers]
    lines += ["uint8_t memory[EF_DIGITS_RECORDER_BYTES];", "const void *p = ef_schema_digits;"]
    for name, text in (files | {"all.c": "\n".join([*lines, ""])}).items():
        (tmp_path / name).write_text(text, "utf-8")
    said = zig(
        ["cc", *C11, "all.c", "-o", "all.o"], what="C", cwd=tmp_path, seconds=COMPILE_SECONDS
    )
    assert said == ""


def test_every_source_belongs_to_a_part() -> None:
    boards = [path for board in BOARDS for path in board_sources(board)]
    listed = {str(path.relative_to(HOME)) for path in (*sources(), *boards)}
    there = {
        str(path.relative_to(HOME)) for path in HOME.rglob("*.*") if path.suffix in {".h", ".cc"}
    }
    assert listed == there
    assert set(sources("encoder")) < set(sources("encoder", "recorder")) < set(sources(*PARTS))


@pytest.mark.parametrize(
    "flash", [RingFlash(4096, 4, 8), RingFlash(512, 3, 32), RingFlash(600, 5, 1)]
)
@pytest.mark.parametrize("frame", [1, 90, 200])
def test_a_sector_holds_as_many_windows_as_the_budget_says(
    chip: ctypes.CDLL, flash: RingFlash, frame: int
) -> None:
    ring = Ring(chip, SimFlash(Shape(flash.sector, flash.sectors, flash.unit)))
    assert ring.open() == OK
    begun: list[int] = []
    for _ in range(flash.windows_a_sector(frame) * (flash.sectors + 1)):
        assert ring.put(bytes(frame)) == OK
        begun.append(ring.state.sector)
    assert {begun.count(sector) for sector in set(begun[: -flash.windows_a_sector(frame)])} <= {
        flash.windows_a_sector(frame),
        2 * flash.windows_a_sector(frame),
    }
    assert ring.state.kept >= flash.windows_kept(frame)
