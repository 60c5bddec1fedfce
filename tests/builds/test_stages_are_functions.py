"""The pure half of a build, without any database."""

from dataclasses import replace
from pathlib import Path

import pytest

from builds.choices import Optimise, Stage
from builds.pipeline.stages.order import BuildOrder, Impossible, NotProved
from builds.pipeline.stages.table import JAILED, STAGES, StageRow
from builds.pipeline.stages.work import TooEarly, Work
from builds.targets import load_target
from tests.simulators.toolchain import SimulatedTools

TARGET = load_target("cortex-m4f")


def work(folder: Path) -> Work:
    order = BuildOrder(
        model="digits",
        version="1.0",
        version_number=1,
        target=TARGET,
        optimise=Optimise.SIZE,
        int8=b"model",
        schema={},
        class_names=(),
        vectors=4,
    )
    return Work(order, folder)


def run(start: Work, tools: SimulatedTools) -> Work:
    done = start
    with tools.in_place():
        for row in JAILED:
            done = row.run(done)
    return done


def test_the_table_has_every_stage_in_the_order_of_their_names() -> None:
    assert [row.stage for row in STAGES] == list(Stage)


def test_the_manual_says_what_each_stage_does() -> None:
    page = (Path(__file__).parents[2] / "fleet/console/docs/builds.md").read_text()
    rows = [f"| {row.stage} | {row.does} |" for row in STAGES]
    assert [row for row in rows if row not in page] == []


def test_a_stage_adds_to_the_work_and_changes_nothing(tmp_path: Path) -> None:
    start = work(tmp_path)
    done = run(start, SimulatedTools())
    assert start.sources is None
    assert done.order is start.order
    assert {output.filename for output in done.outputs} == {"model.cc", "installed.bin"}


def test_a_stage_that_runs_too_early_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TooEarly, match=r"There is no library yet: run the stage that makes it"):
        next(row for row in JAILED if row.stage == Stage.FIT).run(work(tmp_path))


def test_equal_orders_give_equal_bytes_in_any_folder(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    made = []
    for folder in folders:
        folder.mkdir()
        made.append(run(work(folder), SimulatedTools()).outputs)
    assert made[0] == made[1]


def test_exactly_what_the_target_offers_fits(tmp_path: Path) -> None:
    tools = SimulatedTools(code_bytes=1000, weights_bytes=TARGET.flash_bytes - 1000, stack_bytes=0)
    tools.arena_bytes = TARGET.ram_bytes - 8
    assert run(work(tmp_path), tools).outputs
    for more in (
        replace(tools, weights_bytes=tools.weights_bytes + 1),
        replace(tools, arena_bytes=tools.arena_bytes + 1),
        replace(tools, stack_bytes=1),
    ):
        with pytest.raises(Impossible, match=f"and cortex-m4f offers {TARGET.ram_bytes:,}|flash"):
            run(work(tmp_path), more)


def test_nothing_is_packed_unproved(tmp_path: Path) -> None:
    tools = SimulatedTools(equal=False)
    with pytest.raises(NotProved, match="vector 3"):
        run(work(tmp_path), tools)
    assert "package" not in tools.calls


@pytest.mark.parametrize("row", JAILED, ids=lambda row: row.stage)
def test_each_stage_has_a_line_for_the_log(tmp_path: Path, row: StageRow[Work]) -> None:
    text = row.line(run(work(tmp_path), SimulatedTools()))
    assert text
    assert "\n" not in text
