"""A worker's line names the task, the request that started it, how it ended, and what failed."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from prometheus_client import REGISTRY

from fleet.lib import logs
from fleet.lib.logs import task as task_log

app = Celery("tests", broker="memory://", set_as_current=False)


@app.task(name="tests.works")
def works(number: int) -> None:
    logging.getLogger("inside").warning("at work on %d", number)


@app.task(name="tests.fails")
def fails(number: int) -> None:
    raise RuntimeError(f"cannot do {number} with password=hunter2")


@app.task(name="tests.beats")
def beats() -> None:
    pass


@pytest.fixture
def written() -> Iterator[list[dict[str, Any]]]:
    task_log.connect()
    lines: list[dict[str, Any]] = []
    handler, form = logging.Handler(), logs.formatter("json")
    handler.emit = lambda record: lines.append(json.loads(form.format(record)))  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def ended(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["logger"] == "fleet.lib.logs.task"]


def test_a_task_is_one_line_and_known_in_its_own(written: list[dict[str, Any]]) -> None:
    works.apply(args=(7,), headers={task_log.HEADER: "request-0007"})
    (inside,) = [line for line in written if line["logger"] == "inside"]
    assert (inside["task"], inside["message"]) == ("tests.works", "at work on 7")
    (told,) = ended(written)
    assert (told["task"], told["state"], told["ids"]) == ("tests.works", "success", "7")
    assert told["ms"] >= 0
    assert logs.request_id() == "", "what was known is forgotten"


def test_a_failure_is_told_with_its_exception_and_counted(written: list[dict[str, Any]]) -> None:
    labels = {"task": "tests.fails", "state": "failure"}
    before = REGISTRY.get_sample_value("edgefleet_tasks_total", labels) or 0
    fails.apply(args=(8,))
    (told,) = ended(written)
    assert (told["level"], told["state"]) == ("error", "failure")
    assert told["exception"] == "RuntimeError: cannot do 8 with password=[hidden]"
    assert "in fails" in told["trace"]
    assert "hunter2" not in json.dumps(written)
    assert REGISTRY.get_sample_value("edgefleet_tasks_total", labels) == before + 1


def test_a_beat_that_did_what_it_should_is_quiet(written: list[dict[str, Any]]) -> None:
    beats.apply()
    assert ended(written) == []


def test_a_message_carries_the_id_of_its_request() -> None:
    headers: dict[str, Any] = {}
    task_log.sent(headers=headers)
    assert headers == {}, "outside of a request there is none"
    with logs.bound(request_id="request-0009"):
        task_log.sent(headers=headers)
    assert headers == {task_log.HEADER: "request-0009"}
