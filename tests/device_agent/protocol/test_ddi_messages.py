"""DDI messages survive their own wire form, and bad ones are refused with a sentence."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol import ddi
from device_agent.protocol.errors import ProtocolError

TEXT = st.text(min_size=1, max_size=40)
HREF = st.text(min_size=1, max_size=80)
ACTION = st.integers(0, 10**12 - 1).map(str)
HEX64 = st.binary(min_size=32, max_size=32).map(bytes.hex)

ARTIFACTS = st.builds(
    ddi.DdiArtifact,
    filename=TEXT,
    size=st.integers(0, 2**30),
    sha256=HEX64,
    download=HREF,
    sha1=st.just("") | st.binary(min_size=20, max_size=20).map(bytes.hex),
    md5=st.just("") | st.binary(min_size=16, max_size=16).map(bytes.hex),
)
CHUNKS = st.builds(
    ddi.Chunk,
    part=TEXT,
    name=TEXT,
    version=TEXT,
    artifacts=st.lists(ARTIFACTS, max_size=3).map(tuple),
)
DEPLOYMENTS = st.builds(
    ddi.Deployment,
    action_id=ACTION,
    download=st.sampled_from(ddi.Handling),
    update=st.sampled_from(ddi.Handling),
    chunks=st.lists(CHUNKS, max_size=2).map(tuple),
    maintenance_window=st.none() | st.just("available"),
)
FEEDBACKS = st.builds(
    ddi.Feedback,
    execution=st.sampled_from(ddi.Execution),
    finished=st.sampled_from(ddi.Finished),
    details=st.lists(st.text(max_size=60), max_size=5).map(tuple),
    progress=st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100)),
    code=st.none() | st.integers(-1000, 1000),
    timestamp_ms=st.none() | st.integers(0, 2**45),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "deployment", "chunks", "status", "result", "config", "_links"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def wire(value: object) -> object:
    return json.loads(json.dumps(value))


@given(st.integers(0, ddi.SLEEP_MAX_SECONDS), st.dictionaries(TEXT, HREF, max_size=6))
def test_a_poll_survives_the_wire(seconds: int, links: dict[str, str]) -> None:
    poll = ddi.Poll(seconds, links)
    assert ddi.parse_poll(wire(ddi.dump_poll(poll))) == poll


@given(DEPLOYMENTS)
def test_a_deployment_survives_the_wire(deployment: ddi.Deployment) -> None:
    assert ddi.parse_deployment(wire(ddi.dump_deployment(deployment))) == deployment


@given(FEEDBACKS)
def test_a_feedback_survives_the_wire(feedback: ddi.Feedback) -> None:
    assert ddi.parse_feedback(wire(ddi.dump_feedback(feedback))) == feedback


@given(ACTION, ACTION)
def test_a_cancellation_survives_the_wire(action: str, stop: str) -> None:
    cancel = ddi.Cancellation(action, stop)
    assert ddi.parse_cancel(wire(ddi.dump_cancel(cancel))) == cancel


@given(st.dictionaries(TEXT, st.text(max_size=20), max_size=10), st.sampled_from(ddi.MergeMode))
def test_attributes_survive_the_wire(data: dict[str, str], mode: ddi.MergeMode) -> None:
    config = ddi.ConfigData(data, mode)
    assert ddi.parse_config_data(wire(ddi.dump_config_data(config))) == config


@pytest.mark.parametrize(
    "parse",
    [
        ddi.parse_poll,
        ddi.parse_deployment,
        ddi.parse_feedback,
        ddi.parse_cancel,
        ddi.parse_config_data,
    ],
)
@given(value=ANY_JSON)
def test_any_json_is_parsed_or_refused_by_our_own_error(parse: object, value: object) -> None:
    assert callable(parse)
    with contextlib.suppress(ProtocolError):
        parse(value)


def test_sleep_never_reaches_an_hour_that_strptime_does_not_know() -> None:
    assert ddi.format_sleep(10**6) == "23:59:59"


@pytest.mark.parametrize("bad", ["24:00:00", "1:00:00", "00:60:00", "", "00:00:0x"])
def test_a_sleep_of_another_form_is_refused(bad: str) -> None:
    with pytest.raises(ProtocolError, match="HH:MM:SS"):
        ddi.parse_sleep(bad)


def test_an_old_clients_extra_members_are_ignored() -> None:
    body = {
        "id": "7",
        "time": "20260101T000000",
        "status": {"execution": "closed", "result": {"finished": "success"}, "details": []},
    }
    assert ddi.parse_feedback(body) == ddi.Feedback(ddi.Execution.CLOSED, ddi.Finished.SUCCESS)


def test_an_unknown_execution_names_the_known_ones() -> None:
    body = {"status": {"execution": "dancing", "result": {"finished": "none"}}}
    with pytest.raises(ProtocolError, match="'dancing'; known are closed"):
        ddi.parse_feedback(body)


def test_long_details_are_cut_before_they_are_sent() -> None:
    feedback = ddi.Feedback(ddi.Execution.CLOSED, ddi.Finished.FAILURE, details=("x" * 9999,) * 99)
    sent = ddi.parse_feedback(ddi.dump_feedback(feedback)).details
    assert len(sent) == ddi.DETAILS_LIMIT
    assert set(map(len, sent)) == {ddi.DETAIL_LIMIT}
