"""The demonstration's boards see what their sensor's file shows, and find their model again."""

import hashlib
import platform
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from builds.image.chip import DEMO_MAP, model_image
from device_agent.protocol.frame import Frame, decode_frame, unpack_counts
from fleet.demo.chips import boards
from fleet.demo.chips.boards import BoardRunner, DemoBoard
from fleet.demo.waits import Waits
from tests.device_agent.chip import models, stories
from tests.simulators.board import (
    IDENTITY,
    WINDOWS,
    Line,
    Running,
    firmware,
    has_qemu,
    host_program,
)
from tests.waiting import until

ROOT = Path(__file__).parents[3]
SCALE, ZERO_POINT = 1 / 255, -128
BRIGHT, DARK = 3, 0  # bins of the mean
ENGINES = [
    pytest.param(
        boards.HOST_BOARD,
        marks=pytest.mark.skipif(platform.machine() != "x86_64", reason="runs on x86-64"),
    ),
    pytest.param(
        boards.QEMU_BOARD,
        marks=[
            pytest.mark.emulator,
            pytest.mark.skipif(not has_qemu(), reason="qemu-system-arm is not installed"),
        ],
    ),
]
pytestmark = [pytest.mark.toolchain, pytest.mark.xdist_group("board")]


def image(target: str) -> bytes:
    made = models.slot_model(target)
    return model_image(replace(made, input_scale=SCALE, input_zero_point=ZERO_POINT), DEMO_MAP)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[BoardRunner], DemoBoard]]:
    """Starts the one board, as often as it is asked."""
    (tmp_path / "white.f32").write_bytes(array("f", [1.0] * 32).tobytes())
    running: list[DemoBoard] = []

    def start(engine: BoardRunner) -> DemoBoard:
        boards.stop(running)
        board = boards.plan(tmp_path, engine)[1]
        program = boards.firmware(tmp_path)
        if not program.exists():
            program.write_bytes(firmware(engine.target) if engine.is_qemu else host_program())
            program.chmod(0o700)
        boards.prepare(board, tmp_path / "white.f32", pixels=16)
        with (tmp_path / "lock").open("w") as lock:
            boards.start(board, program, ROOT, lock.fileno(), Waits(Console(quiet=True)))
        running[:] = [board]
        return board

    yield start
    boards.stop(running)


def window(line: Line) -> Frame:
    """The oldest window, taken."""
    told = until(lambda: (found := line.ask(WINDOWS))["n"] and found, "a window waits")
    line.ask(WINDOWS, {"boot": told["boot"], "seq": told["seq"]}, write=True)
    return decode_frame(told["frame"])


def only(frame: Frame, level: int) -> bool:
    layout = models.SCHEMA.layout
    counts = unpack_counts(frame.blob, layout.total)[layout.feature(0)]
    return counts[level] == frame.samples > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_it_sees_the_light_that_is_left(
    engine: BoardRunner, started: Callable[[BoardRunner], DemoBoard]
) -> None:
    board = started(engine)
    assert (board.name, board.lot) == ("board-02", "B7")
    assert boards.ended([board]) == ""
    made = image("cortex-m4f" if engine.is_qemu else "linux-x86_64")
    with _line(board) as line:
        assert line.ask(IDENTITY)["id"] == b"board-02"
        stories.bring(line, made)
        assert only(window(line), BRIGHT)
        board.turn(0.0)
        until(lambda: only(window(line), DARK), "a window in the dark")
    again = started(engine)
    with _line(again) as line:
        assert stories.state_of(line, made) == stories.GOOD
        assert line.ask(IDENTITY)["model"]["digest"] == hashlib.sha256(made).digest()
        until(lambda: only(window(line), DARK), "it is still dark")


def test_a_board_that_ended_is_named_with_its_log(
    started: Callable[[BoardRunner], DemoBoard],
) -> None:
    board = started(boards.HOST_BOARD)
    assert board.process is not None
    board.process.kill()
    board.process.wait()
    assert boards.ended([board]).startswith("board-02 ended with code")


def test_a_machine_that_runs_no_board_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert boards.engine() is None
    assert boards.plan(tmp_path, None) == []
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert boards.engine() == boards.HOST_BOARD
    (tmp_path / boards.QEMU).touch(mode=0o700)
    assert boards.engine() == boards.QEMU_BOARD


def _line(board: DemoBoard) -> AbstractContextManager[Line]:
    assert board.process is not None
    return Running(board.port, board.process).line()
