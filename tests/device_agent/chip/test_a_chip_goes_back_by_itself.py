"""Vectors that crash or hang give no answer: the chip resets itself, and says so afterwards."""

import platform
from collections.abc import Iterator

import pytest

from tests.device_agent.chip import models, stories
from tests.simulators.board import IDENTITY, SWITCH, Line, Made, framed, host

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.xdist_group("board"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="its code is for x86-64"),
]
TARGET = "linux-x86_64"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("board")
    with host(folder, Made(b"board-0002")) as running, running.line() as made:
        stories.bring(made, models.image(TARGET))
        yield made


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (models.CRASH, "It crashed in its golden vectors."),
        (models.HANG, "It hung in its golden vectors."),
    ],
)
def test_vectors_that_do_not_end_leave_the_old_model(line: Line, body: str, why: str) -> None:
    bad = models.image(TARGET, body, "1.3.0")
    boot = line.ask(IDENTITY)["boot"]
    line.upload(bad, stories.sha_of(bad))
    line.post(SWITCH, {"sha": stories.sha_of(bad), "counter": 1}, write=True)  # nobody answers
    stories.reset_behind(line, boot)
    assert stories.state_of(line, bad) == stories.BAD
    assert stories.slots(line)["why"] == why
    assert stories.running(line) == "1.0.0"


def test_a_trial_that_nobody_confirms_ends_after_some_starts(line: Line) -> None:
    new = models.image(TARGET, models.RETRAINED, "1.4.0")
    line.upload(new, stories.sha_of(new))
    stories.switch(line, new)
    seen = []
    while (version := stories.running(line)) == "1.4.0":
        seen.append(version)
        boot = line.ask(IDENTITY)["boot"]
        line.exchange(5, {}, write=True, group=0)
        stories.reset_behind(line, boot)
    assert len(seen) == 4  # where it was switched to, and three starts
    assert stories.running(line) == "1.0.0"
    assert stories.slots(line)["why"] == "It was not confirmed within its starts."


def test_a_lost_connection_costs_the_upload_nothing(line: Line) -> None:
    new = models.image(TARGET, models.RETRAINED, "1.5.0")
    sha = stories.sha_of(new)
    assert line.ask(4, {"off": 0, "len": len(new), "sha": sha, "data": new[:200]}, write=True) == {
        "off": 200
    }
    again = line.ask(4, {"off": 0, "len": len(new), "sha": sha, "data": new[:200]}, write=True)
    assert again == {"off": 200}
    assert line.ask(4, {"off": 400, "data": new[400:450]}, write=True) == {"off": 200}
    line.upload(new, sha, start=200)
    assert stories.state_of(line, new) == stories.READY


def test_noise_on_the_line_is_passed_over(line: Line) -> None:
    line.socket.sendall(b"log: hello\n\x06\x09AAAA\n\x06\x09!!!!\n" + b"x" * 300 + b"\n")
    cut = framed(bytes(20))
    line.socket.sendall(cut[: len(cut) // 2] + b"\n")
    assert line.ask(IDENTITY)["id"] == b"board-0002"
