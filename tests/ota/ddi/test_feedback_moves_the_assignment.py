"""Each word of a device has its meaning; the last one counts once; what is no word is refused."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ota.engine.states import AssignmentState, FailureCause
from ota.models import Assignment, AssignmentEvent
from ota.services.assignment import REPORTS_MAX
from tests.ota import makers
from tests.ota.ddi import wire
from tests.simulators.fleet import caller

pytestmark = pytest.mark.django_db
A = AssignmentState


def report(assignment: Assignment, *words: dict[str, Any]) -> list[int]:
    client = caller(assignment.device)
    to = wire.path(assignment, "/feedback")
    codes = [wire.post(client, to, word).status_code for word in words]
    assignment.refresh_from_db()
    return codes


@pytest.mark.parametrize(
    ("execution", "finished", "state"),
    [
        ("proceeding", "none", A.INSTALLING),
        ("scheduled", "none", A.INSTALLING),
        ("resumed", "none", A.INSTALLING),
        ("download", "none", A.DOWNLOADING),
        ("downloaded", "none", A.DOWNLOADED),
        ("rejected", "none", A.OFFERED),
        ("canceled", "none", A.OFFERED),
        ("closed", "success", A.SUCCEEDED),
        ("closed", "none", A.SUCCEEDED),
        ("closed", "failure", A.FAILED),
    ],
)
def test_each_word_has_its_meaning(execution: str, finished: str, state: str) -> None:
    _, _, assignment = makers.lonely()
    assert report(assignment, wire.said(execution, finished)) == [200]
    assert assignment.state == state


def test_progress_is_kept() -> None:
    _, _, assignment = makers.lonely()
    body = wire.said("proceeding", "none", "writing slot 1")
    body["status"]["result"]["progress"] = {"cnt": 2, "of": 5}
    assert report(assignment, body) == [200]
    assert (assignment.progress_done, assignment.progress_of) == (2, 5)
    assert assignment.text == "writing slot 1"


@pytest.mark.parametrize("finished", ["success", "failure"])
def test_the_same_last_word_twice_is_fine_and_counts_once(finished: str) -> None:
    _, _, assignment = makers.lonely()
    word = wire.said("closed", finished)
    assert report(assignment, word, word, word) == [200, 200, 200]
    assert assignment.reports == 1
    steps = {"success": "succeed", "failure": "fail"}
    assert AssignmentEvent.objects.filter(step=steps[finished]).count() == 1


@pytest.mark.parametrize("later", [("closed", "failure"), ("proceeding", "none")])
def test_a_contradiction_is_gone(later: tuple[str, str]) -> None:
    _, _, assignment = makers.lonely()
    assert report(assignment, wire.said("closed", "success"), wire.said(*later)) == [200, 410]
    assert assignment.state == A.SUCCEEDED


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["trial: vector 3 differs"], FailureCause.TRIAL),
        (["verify: bad signature"], FailureCause.VERIFY),
        (["Could not download the bundle"], FailureCause.DOWNLOAD),
        (["checksum mismatch"], FailureCause.VERIFY),
        (["something odd"], FailureCause.OTHER),
        ([], FailureCause.OTHER),
        (["timeout: a device cannot claim this"], FailureCause.OTHER),
    ],
)
def test_a_failure_tells_its_cause(words: list[str], cause: FailureCause) -> None:
    _, _, assignment = makers.lonely()
    report(assignment, wire.said("closed", "failure", *words))
    assert assignment.cause == cause


def test_the_thousand_and_first_report_is_refused() -> None:
    _, _, assignment = makers.lonely()
    Assignment.objects.update(reports=REPORTS_MAX)
    assert report(assignment, wire.said("proceeding")) == [429]


def test_a_late_success_of_a_timed_out_device_is_believed() -> None:
    _, _, assignment = makers.lonely()
    Assignment.objects.update(state=A.TIMED_OUT, cause=FailureCause.TIMEOUT)
    assert report(assignment, wire.said("closed", "success")) == [200]
    assert (assignment.state, assignment.cause) == (A.SUCCEEDED, "")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "status"),
        ({"status": {"execution": "closed"}}, "result"),
        ({"status": {"execution": "done", "result": {"finished": "success"}}}, "execution"),
        ({"status": {"execution": "closed", "result": {"finished": "maybe"}}}, "finished"),
        ([], "object"),
        ("{", "JSON"),
    ],
)
def test_what_is_no_feedback_is_refused_with_a_sentence(body: Any, word: str) -> None:
    _, _, assignment = makers.lonely()
    answer = wire.post(caller(assignment.device), wire.path(assignment, "/feedback"), body)
    assert answer.status_code == 400
    assert word in answer.json()["message"]
    assignment.refresh_from_db()
    assert assignment.state == A.OFFERED


def test_a_huge_body_is_not_read() -> None:
    _, _, assignment = makers.lonely()
    body = json.dumps(wire.said("proceeding", "none", "x" * 70_000))
    answer = wire.post(caller(assignment.device), wire.path(assignment, "/feedback"), body)
    assert answer.status_code == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "execution", "result", "finished", "details", "progress"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON)
def test_no_json_breaks_the_server(db: None, body: Any) -> None:
    device = makers.devices(1, prefix="fuzz")[0]
    to = f"{makers.base(device)}/deploymentBase/1/feedback"
    answer = wire.post(caller(device), to, json.dumps(body))
    device.delete()
    assert answer.status_code in (400, 404)
