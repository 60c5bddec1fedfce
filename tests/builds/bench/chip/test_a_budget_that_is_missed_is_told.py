from pathlib import Path

import pytest

from builds.bench.chip.__main__ import MISSED, main
from builds.bench.chip.budget import BudgetRow, misses, render, size_rows, wear_lines
from builds.bench.chip.linked import LinkedSize
from builds.bench.chip.wear import RingFlash
from builds.image import ImageError

ROW = BudgetRow("recorder", "cortex-m0plus", "bytes of flash", 601, 600)


def test_a_number_above_its_limit_is_a_sentence() -> None:
    (sentence,) = misses([ROW, BudgetRow("ring", "cortex-m4f", "bytes of RAM", 10**9, None)])
    assert sentence == "recorder on cortex-m0plus: 601 bytes of flash, at most 600"


def test_a_number_at_its_limit_is_none() -> None:
    assert misses(size_rows(LinkedSize("recorder", "cortex-m0plus", 600, 510))) == []
    assert len(misses(size_rows(LinkedSize("recorder", "cortex-m0plus", 601, 511)))) == 2
    assert misses(size_rows(LinkedSize("recorder", "cortex-m4f", 10_000, 510))) == []


def test_columns_stand_under_one_another() -> None:
    lines = render([ROW, BudgetRow("counting", "m", "% of an inference", 0.321, 3.0)]).splitlines()
    assert lines[1].split() == ["recorder", "cortex-m0plus", "601", "600", "bytes", "of", "flash"]
    assert lines[2].split()[:4] == ["counting", "m", "0.32", "3"]


def test_a_sector_is_erased_once_a_round() -> None:
    flash = RingFlash(4096, 4, 8)
    assert flash.windows_a_sector(200) == (4096 - 40) // (32 + 200 + 8) == 16
    assert flash.years(200, 24) == pytest.approx(10_000 * 4 * 16 / 24 / 365.25)
    assert flash.windows_kept(200) == 33
    assert "at 24 windows a day it lasts 73 years" in wear_lines()


def test_a_sector_that_holds_no_window_is_refused() -> None:
    with pytest.raises(ImageError, match="A sector of 256 bytes holds no window of 200 bytes"):
        RingFlash(256, 4, 32).years(200, 24)


@pytest.mark.toolchain
def test_the_command_says_what_a_compiler_makes_of_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = {"recorder": {"ram": 100}, "inference": {"per_cent": 3}}
    monkeypatch.setattr(
        "builds.bench.chip.budget._budget",
        lambda: {"limits": tight, "state": {"recorder": "alignas(4) uint8_t ef_state_r[508];"}},
    )
    assert main(["--target", "cortex-m0plus", "--model", str(tmp_path / "none")]) == MISSED
    said = capsys.readouterr()
    assert "recorder + encoder + ring" in said.out
    assert "MISSED recorder on cortex-m0plus: 508 bytes of RAM, at most 100" in said.err
    assert "no instructions are counted" in said.err
