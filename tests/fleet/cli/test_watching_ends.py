"""Following what runs: each news once, until it is over or the limit is reached."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from fleet.cli.errors import FailedOutcome
from fleet.cli.output import Output
from fleet.cli.session import WATCH_EVERY, Session
from fleet.cli.watching import follow


class Run:
    """One following of a list of states, with what was printed and how long it took."""

    def __init__(self, *, as_json: bool = False, terminal: bool = False) -> None:
        self.err, self.pauses = io.StringIO(), list[float]()
        console = Console(file=self.err, width=100, markup=False, force_terminal=terminal)
        output = Output(as_json=as_json, err=console)
        self.session = Session(environment={}, output=output, sleep=self.pauses.append)

    def follow(self, states: Iterable[str], **more: Any) -> Any:
        found = iter(states)
        return follow(
            self.session,
            lambda: next(found),
            line=lambda state: f"it is {state}",
            is_over=lambda state: state == "done",
            **more,
        )


def test_it_returns_what_is_over() -> None:
    run = Run()
    assert run.follow(["queued", "running", "done"]) == "done"
    assert run.pauses == [WATCH_EVERY] * 2


def test_every_news_is_told_once() -> None:
    run = Run()
    run.follow(["queued", "queued", "running", "running", "done"])
    assert run.err.getvalue().splitlines() == ["it is queued", "it is running", "it is done"]


def test_what_is_over_already_is_not_waited_for() -> None:
    run = Run()
    run.follow(["done"])
    assert run.pauses == []


def test_for_programs_nothing_is_told() -> None:
    run = Run(as_json=True)
    run.follow(["queued", "done"])
    assert run.err.getvalue() == ""


def test_on_a_terminal_the_line_changes_in_place() -> None:
    run = Run(terminal=True)
    run.follow(["queued", "done"])
    assert "it is done" in run.err.getvalue()


def test_the_limit_is_kept_and_the_last_news_told() -> None:
    run = Run()
    with pytest.raises(FailedOutcome, match=r"after 10 seconds: it is running\."):
        run.follow(["running"] * 100, limit=10)
    assert sum(run.pauses) == 10


def test_a_limit_of_nothing_looks_once() -> None:
    run = Run()
    with pytest.raises(FailedOutcome):
        run.follow(["running"] * 2, limit=0)
    assert run.pauses == []


@given(st.lists(st.sampled_from(["queued", "running"]), max_size=20), st.integers(0, 40))
def test_it_never_waits_longer_than_one_pause_over_the_limit(states: list[str], limit: int) -> None:
    run = Run()
    try:
        run.follow([*states, "done"], limit=limit)
    except FailedOutcome:
        assert sum(run.pauses) >= limit
    assert sum(run.pauses) < limit + WATCH_EVERY


@given(st.text(max_size=30))
def test_no_state_controls_the_terminal(state: str) -> None:
    run = Run()
    run.follow([state, "done"])
    assert "\x1b" not in run.err.getvalue()
