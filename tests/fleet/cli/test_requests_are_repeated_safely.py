"""A bad way to the service: what may be repeated is, and it has one effect."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.access.choices import CallState
from fleet.access.models import IdempotencyKey
from fleet.access.rest.idempotency import LEASE, RETRY_SECONDS
from fleet.cli.rest.retry import (
    ATTEMPTS,
    BUSY,
    PATIENCE,
    WAIT_FIRST,
    WAIT_MAX,
    is_worth_repeating,
    wait_seconds,
)
from fleet.lib import clock
from registry.models import Model
from tests.fleet.cli.terminal import Terminal, breaks, says


def test_a_lost_answer_does_not_make_a_second_model(terminal: Terminal) -> None:
    terminal.way.after = [breaks]
    terminal.ok("model", "create", "digits")
    assert Model.objects.count() == 1
    keys = {request.headers["Idempotency-Key"] for request in terminal.way.requests}
    assert (len(terminal.way.requests), len(keys)) == (2, 1)


def left_running(seconds: float) -> None:
    """Leave the key as a process does that was killed inside the call."""
    Model.objects.all().delete()
    lease = clock.now() + timedelta(seconds=seconds)
    IdempotencyKey.objects.update(state=CallState.RUNNING, status=None, body="", lease_until=lease)


def test_the_call_of_a_killed_service_is_finished_by_its_successor(terminal: Terminal) -> None:
    terminal.way.after = [breaks]
    terminal.between = [
        lambda: left_running(30),
        lambda: None,
        lambda: None,
        lambda: None,
        lambda: None,
        lambda: None,
        lambda: left_running(-1),
    ]
    terminal.ok("model", "create", "digits")
    assert Model.objects.count() == 1
    assert len(terminal.pauses) == 7


def test_patience_lasts_longer_than_a_lease() -> None:
    assert LEASE.total_seconds() < (PATIENCE - 1) * RETRY_SECONDS
    assert RETRY_SECONDS < WAIT_MAX


def test_a_broken_connection_is_tried_again(terminal: Terminal) -> None:
    terminal.way.before = [breaks, breaks]
    terminal.ok("model", "list")
    assert len(terminal.pauses) == 2


@pytest.mark.parametrize("status", sorted(BUSY))
def test_a_busy_service_is_tried_again(terminal: Terminal, status: int) -> None:
    terminal.way.before = [says(status)]
    terminal.ok("model", "list")
    assert len(terminal.pauses) == 1


def test_a_time_that_the_service_names_is_kept(terminal: Terminal) -> None:
    terminal.way.before = [says(429, **{"Retry-After": "7"})]
    terminal.ok("model", "list")
    assert terminal.pauses == [7.0]


def test_after_enough_attempts_it_gives_up_with_exit_3(terminal: Terminal) -> None:
    terminal.way.before = [breaks] * ATTEMPTS
    assert terminal.run("model", "list") == 3
    assert "does not answer: connection reset by peer." in terminal.err
    assert len(terminal.way.requests) == ATTEMPTS


def test_a_service_that_stays_broken_is_exit_3(terminal: Terminal) -> None:
    terminal.way.before = [says(503)] * ATTEMPTS
    assert terminal.run("model", "list") == 3


def test_a_refusal_is_not_repeated(terminal: Terminal) -> None:
    assert terminal.run("model", "create", "No Such Name!") == 2
    assert len(terminal.way.requests) == 1


def test_a_change_in_place_is_sent_once(terminal: Terminal) -> None:
    terminal.way.before = [breaks]
    assert terminal.run("device", "label", "dev_1", "lot=B7") == 3
    assert len(terminal.way.requests) == 1


def test_an_answer_that_is_no_json_is_exit_3(terminal: Terminal) -> None:
    terminal.way.before = [lambda _: httpx.Response(200, text="<html>")]
    assert terminal.run("model", "list") == 3
    assert "is this the address of the service?" in terminal.err


def test_an_endless_answer_is_cut(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleet.cli.rest.client.ANSWER_MAX_BYTES", 100)
    terminal.way.before = [lambda _: httpx.Response(200, text="x" * 101)]
    assert terminal.run("model", "list") == 3


def test_the_next_page_of_another_host_is_asked_of_ours(terminal: Terminal) -> None:
    page = {"results": [], "next": "https://evil.example/api/v1/models/?page_size=2"}
    terminal.way.before = [lambda _: httpx.Response(200, json=page)]
    terminal.ok("model", "list")
    assert {request.url.host for request in terminal.way.requests} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("status", "code", "worth"),
    [(409, "in_progress", True), (409, "stale", False), (500, "", False), (404, "", False)],
)
def test_only_what_may_change_is_worth_repeating(status: int, code: str, *, worth: bool) -> None:
    assert is_worth_repeating(status, code) is worth


@given(attempt=st.integers(1, 60), chance=st.floats(0, 1))
def test_pauses_grow_and_stay_bounded(attempt: int, chance: float) -> None:
    pause = wait_seconds(attempt, chance=chance)
    assert min(WAIT_FIRST * 2 ** (attempt - 1), WAIT_MAX) / 2 <= pause <= WAIT_MAX


@given(told=st.text(max_size=6), chance=st.floats(0, 1))
def test_no_header_makes_a_pause_absurd(told: str, chance: float) -> None:
    assert 0 <= wait_seconds(1, chance=chance, told=told) <= WAIT_MAX
