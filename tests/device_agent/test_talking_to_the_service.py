"""Sessions, refusals, redirects: what each answer makes the device do."""

import pytest

from device_agent.agent import Agent
from device_agent.errors import Rejected, ServiceUnreachable
from device_agent.net.transport import Request
from device_agent.protocol.ddi import Execution
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.ranges import Reply


def awake() -> tuple[SimDevice, Agent]:
    device = enrolled_device()
    return device, device.boot()


def sessions(device: SimDevice) -> int:
    return [path for _, path in device.service.requests].count("/device/v1/session")


def test_one_session_serves_many_visits() -> None:
    device, agent = awake()
    for _ in range(5):
        agent.visit()
    assert sessions(device) == 1


def test_a_session_is_renewed_before_it_ends() -> None:
    device, agent = awake()
    agent.visit()
    device.clock.sleep(880)
    agent.visit()
    assert sessions(device) == 2


def test_a_refused_token_is_renewed_once() -> None:
    device, agent = awake()
    agent.visit()
    device.service.tokens.clear()
    agent.visit()
    assert sessions(device) == 2


def test_a_token_that_is_refused_for_ever_is_an_answer() -> None:
    device, agent = awake()
    device.wire.fault = lambda request, reply: (
        (401, {}, b"") if "controller" in request.url else reply
    )
    with pytest.raises(Rejected, match="401"):
        agent.visit()


def test_a_device_that_was_turned_away_hears_why() -> None:
    device, agent = awake()
    device.service.keys.clear()
    with pytest.raises(Rejected, match="403: Unknown device"):
        agent.visit()


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry-after": "120"}, 120.0), ({"retry-after": "99999999"}, 3600.0), ({}, None)],
)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 302])
def test_a_busy_service_is_asked_again_later(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    device, agent = awake()
    device.wire.fault = lambda request, reply: (status, headers, b"busy")
    with pytest.raises(ServiceUnreachable) as caught:
        agent.visit()
    assert caught.value.retry_after == wait


def redirecting(to: str) -> object:
    def fault(request: Request, reply: Reply) -> Reply:
        if "/artifacts/" in request.url and "elsewhere" not in request.url:
            return 302, {"location": to}, b""
        return reply

    return fault


def test_a_download_may_come_from_elsewhere_but_credentials_stay() -> None:
    device, agent = awake()
    action = device.service.publish("1.0", bundle_of("1.0"))
    path = f"/default/controller/v1/dev-1/artifacts/{action.number}/elsewhere.bundle"
    device.wire.fault = redirecting(f"http://cdn.test{path}")  # type: ignore[assignment]
    device.service.tokens.add("")  # the other host asks for no token
    device.update(agent)
    assert action.state == "success"
    foreign = [request for request in device.wire.sent if "cdn.test" in request.url]
    assert foreign
    assert all("Authorization" not in request.headers for request in foreign)
    assert all(
        "Authorization" in request.headers
        for request in device.wire.sent
        if "service.test/default" in request.url
    )


def test_redirects_do_not_go_on_for_ever() -> None:
    device, agent = awake()
    device.service.publish("1.0", bundle_of("1.0"))
    device.wire.fault = redirecting("http://service.test/artifacts/again")  # type: ignore[assignment]
    with pytest.raises(ServiceUnreachable, match="more than 3 times"):
        agent.visit()


def test_a_protected_download_is_not_continued_unprotected() -> None:
    device, agent = awake()
    device.service.artifact_base = "https://service.test/default/controller/v1/dev-1"
    device.service.publish("1.0", bundle_of("1.0"))
    device.service.tokens.add("")
    device.wire.fault = redirecting("http://cdn.test/elsewhere")  # type: ignore[assignment]
    with pytest.raises(ServiceUnreachable, match="unprotected"):
        agent.visit()


def test_an_outcome_that_the_service_will_not_hear_is_dropped() -> None:
    device, agent = awake()
    device.service.publish("1.0", bundle_of("1.0"))
    agent.visit()
    agent.check_trial()
    device.wire.fault = lambda request, reply: (
        (410, {}, b"") if request.url.endswith("/feedback") else reply
    )
    agent.visit()
    assert agent.state.outbox == ()


def test_progress_that_nobody_wants_to_hear_stops_nothing() -> None:
    device, agent = awake()
    action = device.service.publish("1.0", bundle_of("1.0"))
    device.wire.fault = lambda request, reply: (
        (413, {}, b"") if b"proceeding" in (request.body or b"") else reply
    )
    device.update(agent)
    assert action.feedback[-1].execution is Execution.CLOSED
    assert action.state == "success"


def test_a_poll_is_small_on_the_wire() -> None:
    device, agent = awake()
    device.service.publish("1.0", bundle_of("1.0"))
    agent.visit()
    poll = next(request for request in device.wire.sent if request.url.endswith("/dev-1"))
    asked = len(poll.url) + sum(len(n) + len(v) + 4 for n, v in poll.headers.items())
    answer = device.service.handle("GET", "/default/controller/v1/dev-1", poll_headers(poll), b"")
    assert asked + sum(map(len, answer[1])) + len(answer[2]) < 2048


def poll_headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def test_the_service_sets_the_pace_unless_the_device_is_told_otherwise() -> None:
    device, agent = awake()
    device.service.sleep_seconds = 77
    assert agent.visit() == 77.0
