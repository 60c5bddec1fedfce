"""Our own firmware, in QEMU and as a process of this machine, is brought models over its line.

It proves and confirms a good one, refuses one whose weights are wrong by its own vectors, and goes
back from one that crashes or hangs, and says why.
"""

import platform
from collections.abc import Iterator

import pytest

from device_agent.protocol.frame import decode_frame, unpack_counts
from tests.device_agent.chip import models, stories
from tests.device_agent.chip.stories import BAD, FAILED, GOOD, TRIAL
from tests.simulators.board import IDENTITY, PROOF, WINDOWS, Line, Made, has_qemu, host, qemu
from tests.waiting import until

MADE = Made(b"board-0001")
on_x86 = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the board as a process runs on x86-64"
)
needs_qemu = pytest.mark.skipif(not has_qemu(), reason="qemu-system-arm is not installed")
BOARDS = [
    pytest.param("host", marks=[pytest.mark.toolchain, on_x86]),
    pytest.param("mps2-an386", marks=[pytest.mark.toolchain, pytest.mark.emulator, needs_qemu]),
]
TARGETS = {"host": "linux-x86_64", "mps2-an386": "cortex-m4f", "mps2-an385": "cortex-m3"}
pytestmark = pytest.mark.xdist_group("board")


@pytest.fixture(scope="module", params=BOARDS)
def board(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Line, str]]:
    """A board with a confirmed model of counter 1, and its target."""
    name, folder = request.param, tmp_path_factory.mktemp("board")
    start = host(folder, MADE) if name == "host" else qemu(folder, MADE, name)
    with start as running, running.line() as line:
        stories.bring(line, models.image(TARGETS[name]))
        yield line, TARGETS[name]


def test_it_says_who_it_is_and_what_runs(board: tuple[Line, str]) -> None:
    line, target = board
    identity = line.ask(IDENTITY)
    assert (identity["id"], identity["target"]) == (MADE.hardware_id, target)
    assert identity["model"]["name"] == "multiply"
    assert identity["model"]["digest"] == stories.sha_of(models.image(target))


def test_a_reset_keeps_what_was_confirmed(board: tuple[Line, str]) -> None:
    line, target = board
    boot = line.ask(IDENTITY)["boot"]
    line.exchange(5, {}, write=True, group=0)
    stories.reset_behind(line, boot)
    assert stories.running(line) == "1.0.0"
    assert stories.state_of(line, models.image(target)) == GOOD


def test_windows_of_what_it_does_are_handed_over_once(board: tuple[Line, str]) -> None:
    line, _ = board
    assert line.ask(IDENTITY)["schema"].startswith(models.SCHEMA.schema_id)
    told = until(lambda: (found := line.ask(WINDOWS))["n"] and found, "a window waits")
    frame = decode_frame(told["frame"])
    assert (frame.boot_id, frame.seq) == (told["boot"], told["seq"])
    assert frame.schema_id == models.SCHEMA.schema_id
    layout = models.SCHEMA.layout
    counts = unpack_counts(frame.blob, layout.total)
    assert frame.samples > 0
    for part in (layout.feature(0), layout.confidences, layout.latency):
        assert sum(counts[part]) == frame.samples
    name = {"boot": told["boot"], "seq": told["seq"]}
    for _ in range(2):
        assert line.ask(WINDOWS, name, write=True) == {}
    after = line.ask(WINDOWS)
    assert after["n"] == 0 or (after["boot"], after["seq"]) > (told["boot"], told["seq"])


def test_a_wrong_weight_is_refused_by_its_own_vectors(board: tuple[Line, str]) -> None:
    line, target = board
    wrong = models.image(target, models.WRONG_WEIGHT, "1.1.0")
    line.upload(wrong, stories.sha_of(wrong))
    assert stories.code_of_refusal(line, wrong) == 5
    proof = line.ask(PROOF)
    assert (proof["state"], proof["vectors"]) == (FAILED, models.VECTORS)
    assert proof["bad"] == 0
    assert stories.state_of(line, wrong) == BAD
    assert stories.slots(line)["why"] == "Its golden vectors differ on this chip."
    assert stories.running(line) == "1.0.0"
    assert line.ask(PROOF, write=True)["state"] == 2  # the good one still computes what it should


def test_a_model_that_crashes_on_trial_is_left(board: tuple[Line, str]) -> None:
    line, target = board
    bad = models.image(target, models.CRASH_LATER, "1.2.0")
    boot = line.ask(IDENTITY)["boot"]
    line.upload(bad, stories.sha_of(bad))
    stories.switch(line, bad)
    assert stories.state_of(line, bad) in (TRIAL, BAD)
    stories.reset_behind(line, boot)
    assert stories.state_of(line, bad) == BAD
    assert stories.slots(line)["why"] == "It crashed while on trial."
    assert stories.running(line) == "1.0.0"


def test_the_next_good_one_is_taken_and_an_old_counter_is_not(board: tuple[Line, str]) -> None:
    line, target = board
    old, new = models.image(target), models.image(target, models.RETRAINED, "2.0.0", 7)
    stories.bring(line, new, 7)
    assert stories.running(line) == "2.0.0"
    assert stories.slots(line)["low"] == 7
    assert stories.code_of_refusal(line, old, 1) == 7
    assert stories.running(line) == "2.0.0"
