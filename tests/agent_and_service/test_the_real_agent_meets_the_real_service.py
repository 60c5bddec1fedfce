"""The agent, whole, against the service's own views: enrol, update, fail, cancel, telemetry."""

from typing import Any

import pytest

from device_agent.errors import Rejected, ServiceUnreachable
from device_agent.identity.keys import load_enrolment
from device_agent.protocol.frame import Frame, FrameFlags, pack_counts
from device_agent.protocol.schema import parse_schema
from device_agent.state.record import UpdatePhase
from fleet.devices import services as devices
from ota import services
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, code, enrolled, offer, state_of, update
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def device() -> RealDevice:
    return enrolled()


def test_an_enrolled_device_tells_what_it_is(device: RealDevice) -> None:
    device.boot().visit()
    assert device.row.attributes["target"] == makers.TARGET
    assert device.row.attributes["agent_version"]


def test_enrolling_again_is_harmless_and_another_key_is_not(device: RealDevice) -> None:
    assert device.enrol("whatever") == "accepted"
    with pytest.raises(Rejected):
        RealDevice().enrol(code())


def test_a_device_that_waits_to_be_accepted_is_turned_away_until_it_is() -> None:
    device = RealDevice()
    assert device.enrol(code(auto_accept=False)) == "pending"
    with pytest.raises(Rejected):
        device.boot().visit()
    devices.device_accept(device=device.row, by=SYSTEM)
    device.boot().visit()


def test_an_update_succeeds_and_both_sides_know_it(device: RealDevice) -> None:
    release = releases.release()
    assignment = offer(device, release)
    agent = device.boot()
    update(agent)
    assert state_of(assignment) == "succeeded"
    running = device.row.running
    assert running["release"] == release.public_id
    assert running["sha256"] == agent.state.slots["a"].sha256  # type: ignore[index]


def test_a_download_is_resumed_from_the_real_service(device: RealDevice) -> None:
    assignment = offer(device, releases.release())
    device.wire.cut_at = 600
    for _ in range(2):
        with pytest.raises(ServiceUnreachable):
            device.boot().visit()
    device.wire.cut_at = None
    update(device.boot())
    ranges = [r.headers["Range"] for r in device.wire.sent if "Range" in r.headers]
    assert ranges == ["bytes=600-", "bytes=1200-"]
    assert state_of(assignment) == "succeeded"


def test_a_model_that_fails_its_vectors_is_told_with_its_cause(device: RealDevice) -> None:
    device.prover.works = False
    assignment = offer(device, releases.release())
    update(device.boot())
    assert state_of(assignment) == "failed"
    assert assignment.cause == "install"


def test_an_update_then_a_way_back(device: RealDevice) -> None:
    agent = device.boot()
    first, second = releases.release("1.0"), releases.release("2.0")
    for number, release in enumerate((first, second, first)):
        assignment = offer(device, release, f"lab-{number}")
        update(agent)
        assert state_of(assignment) == "succeeded"
    assert device.row.running["version"] == "1.0"
    assert agent.state.floor == 3


def test_an_aborted_rollout_is_cancelled_on_the_device(device: RealDevice) -> None:
    assignment = offer(device, releases.release())
    device.wire.cut_at = 600
    agent = device.boot()
    with pytest.raises(ServiceUnreachable):
        agent.visit()
    services.rollout_abort(by=SYSTEM, rollout=assignment.rollout, reason="a test")
    services.rollout_tick(assignment.rollout_id)
    device.wire.cut_at = None
    agent.visit()
    services.rollout_tick(assignment.rollout_id)
    assert state_of(assignment) == "cancelled"
    assert agent.state.phase is UpdatePhase.IDLE


def test_a_window_is_counted_once(device: RealDevice) -> None:
    from builds.selectors import telemetry_schema
    from fleet.telemetry.models import Report
    from fleet.telemetry.services import schema_register

    release = releases.release()
    document: Any = telemetry_schema(release.model_version)
    schema_register(release.model_version)
    schema = parse_schema(document)
    agent = device.boot()
    counts = pack_counts([1] + [0] * (schema.layout.total - 1))
    agent.spool.put(
        Frame(schema.schema_id, agent.state.boot_id, 1, 900, 60, 1, FrameFlags.NONE, counts)
    )
    agent.visit()
    assert list(agent.spool.waiting()) == []
    assert Report.objects.filter(device=device.row).count() == 1


def test_a_decommissioned_device_is_turned_away(device: RealDevice) -> None:
    agent = device.boot()
    agent.visit()
    devices.device_decommission(device=device.row, by=SYSTEM)
    with pytest.raises(Rejected):
        agent.visit()


def test_a_poll_of_the_real_service_is_small(device: RealDevice) -> None:
    offer(device, releases.release())
    device.boot().visit()
    poll_url = load_enrolment(device.storage).poll_url
    sizes = [len(body) for url, _, body in device.wire.answers if url == poll_url]
    assert sizes
    assert max(sizes) < 1100  # what Zephyr's client takes at once
