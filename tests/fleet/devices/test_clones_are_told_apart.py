"""The rule for two devices on one key: what one device can do by itself raises no alarm."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.devices.keys.clones import (
    RECENT_MAX,
    AgentRun,
    CloneFinding,
    CloneSign,
    dump_runs,
    finding,
    follow,
    load_runs,
)

START = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def watched(
    sessions: Sequence[tuple[str, int | None]],
    *,
    apart: timedelta = 5 * MINUTE,
    addresses: Sequence[str] = ("10.0.0.1",),
    dismissed: Sequence[str] = (),
) -> CloneFinding | None:
    """What is found once these sessions were opened one after the other: run and boot count."""
    recent: tuple[AgentRun, ...] = ()
    for number, (instance, boot) in enumerate(sessions):
        at = START + number * apart
        recent = follow(
            recent, AgentRun(instance, boot, addresses[number % len(addresses)], at, at)
        )
    return finding(recent, dismissed)


def sign_of(
    sessions: Sequence[tuple[str, int | None]], *, apart: timedelta = 5 * MINUTE
) -> CloneSign | None:
    found = watched(sessions, apart=apart)
    return found.sign if found else None


def boots(*counts: int) -> list[tuple[str, int | None]]:
    """A session for each boot, each of a run of its own."""
    return [(f"run-{number}", count) for number, count in enumerate(counts)]


def test_nobody_is_suspected_before_anything_happened() -> None:
    assert finding(()) is None


def test_two_runs_that_take_turns_are_two_devices() -> None:
    found = watched([("a", 7), ("b", 7), ("a", 7), ("b", 7)], addresses=("10.0.0.1", "10.9.9.9"))
    assert found is not None
    assert found.sign is CloneSign.TURNS
    assert found.instances == {"a", "b"}
    assert {run.address for run in found.runs} == {"10.0.0.1", "10.9.9.9"}


def test_a_session_that_is_renewed_for_weeks_is_one_device() -> None:
    assert sign_of([("a", 3)] * 500, apart=timedelta(hours=1)) is None


def test_a_device_that_changes_its_network_at_every_session_is_one_device() -> None:
    addresses = [f"10.0.0.{number}" for number in range(50)]
    assert watched([("a", 3)] * 50, addresses=addresses) is None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=60))
def test_a_device_that_starts_anew_as_often_as_it_likes_is_one_device(lives: list[int]) -> None:
    """Each start: a new run, a count one higher, some sessions."""
    sessions = [(f"run-{boot}", boot) for boot, count in enumerate(lives) for _ in range(count)]
    assert watched(sessions) is None


@given(
    st.integers(3, 30),
    st.integers(0, 29),
    st.integers(1, 30),
)
def test_one_restored_backup_is_one_device(before: int, to: int, after: int) -> None:
    counts = [*range(before), *range(min(to, before), min(to, before) + after)]
    assert watched(boots(*counts)) is None


def test_a_machine_set_back_once_with_its_memory_is_one_device() -> None:
    assert sign_of([("a", 1), ("b", 2), ("a", 1), ("a", 1), ("c", 2)]) is None


def test_a_medium_that_keeps_nothing_is_one_device() -> None:
    """It cannot store its count, so every start has the same number."""
    assert sign_of(boots(*[5] * 30)) is None


def test_copies_that_only_ever_visit_once_are_two_devices_by_their_counters() -> None:
    assert sign_of(boots(11, 11, 12, 12, 13, 13)) is CloneSign.COUNTERS


def test_a_copy_that_was_made_long_ago_shows_by_its_counter() -> None:
    assert sign_of(boots(90, 5, 91, 6, 92, 7)) is CloneSign.COUNTERS


def test_a_device_that_is_set_back_every_night_is_one_device() -> None:
    nights = [count for _ in range(6) for count in (5, 6, 7)]
    assert sign_of(boots(*nights), apart=timedelta(hours=8)) is None


def test_turns_that_lie_weeks_apart_are_no_sign() -> None:
    assert sign_of([("a", 1), ("b", 2), ("a", 1), ("b", 2)], apart=timedelta(days=6)) is None


def test_an_agent_that_tells_no_count_is_judged_by_its_runs() -> None:
    assert sign_of([("a", None), ("b", None)]) is None
    assert sign_of([("a", None), ("b", None), ("a", None), ("b", None)]) is CloneSign.TURNS


def test_what_was_dismissed_is_quiet_until_another_run_joins() -> None:
    turns: list[tuple[str, int | None]] = [("a", 1), ("b", 1)] * 4
    assert watched(turns, dismissed=("a", "b")) is None
    again = watched([*turns, ("c", 2), ("a", 1), ("c", 2)], dismissed=("a", "b"))
    assert again is not None
    assert "c" in again.instances


@given(st.integers(2, 20), st.integers(2, 12))
def test_copies_that_take_turns_are_always_found(copies: int, rounds: int) -> None:
    sessions = [(f"copy-{each}", 1) for _ in range(rounds + 1) for each in range(copies)]
    assert sign_of(sessions) is CloneSign.TURNS


@given(st.lists(st.sampled_from("abcd"), max_size=80))
def test_the_memory_is_bounded_and_survives_storage(names: list[str]) -> None:
    recent: tuple[AgentRun, ...] = ()
    for number, name in enumerate(names):
        at = START + number * MINUTE
        recent = follow(recent, AgentRun(name, number, "", at, at))
    assert len(recent) <= RECENT_MAX
    assert load_runs(dump_runs(recent)) == recent


@pytest.mark.parametrize("stays", [1, 5])
def test_a_stay_keeps_its_first_and_last_time(stays: int) -> None:
    recent: tuple[AgentRun, ...] = ()
    for number in range(stays):
        at = START + number * MINUTE
        recent = follow(recent, AgentRun("a", 1, "", at, at))
    (only,) = recent
    assert (only.since, only.until) == (START, START + (stays - 1) * MINUTE)
