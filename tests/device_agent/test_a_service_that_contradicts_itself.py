"""Documents that are signed but do not fit together, links that lead nowhere, odd answers."""

import json
from dataclasses import replace

import pytest

from device_agent.errors import Misconfigured, NotEnrolled, Rejected, ServiceUnreachable
from device_agent.identity.keys import RECORD, load_enrolment
from device_agent.net.transport import Request
from device_agent.protocol.ddi import Finished
from device_agent.protocol.frame import Frame, FrameFlags
from device_agent.state.record import UpdatePhase
from device_agent.state.state_store import NAME, StateStore
from device_agent.storage.durable import Journal
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.ranges import Reply
from tests.device_agent.simulators.service import SimService, json_reply
from tests.device_agent.simulators.storage import SimStorage


def refusal(device: SimDevice) -> str:
    device.update(device.boot())
    action = device.service.actions[-1]
    assert action.state == "failure"
    return action.feedback[-1].details[0]


def test_a_bundle_that_is_none_though_both_signed_it() -> None:
    device = enrolled_device()
    device.service.publish("1.0", b"this is no bundle")
    assert refusal(device) == "verify: The bundle is cut short."


def test_a_bundle_of_another_version_though_both_signed_it() -> None:
    device = enrolled_device()
    device.service.publish("2.0", bundle_of("1.0"))
    assert refusal(device).startswith("verify: The bundle holds version '1.0'")


def test_a_bundle_with_something_behind_its_end() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0") + b"more")
    assert "does not end where it should" in refusal(device)


def test_a_deployment_without_an_instruction() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    device.wire.fault = lambda request, reply: (
        json_reply({"config": {"polling": {"sleep": "00:05:00"}}, "_links": without(reply)})
        if request.url.endswith("/dev-1")
        else reply
    )
    assert "without a signed instruction" in refusal(device)


def without(reply: Reply) -> dict[str, object]:
    links = json.loads(reply[2])["_links"]
    del links["instruction"]
    return dict(links)


def test_a_deployment_that_offers_another_file() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    action.bundle = bundle_of("1.0", size=10)
    assert "does not offer the artifact" in refusal(device)


def test_a_link_that_leads_nowhere_does_not_stop_telemetry_and_configuration() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    device.wire.fault = lambda request, reply: (
        (404, {}, b"") if "deploymentBase" in request.url else reply
    )
    device.boot().visit()
    assert not device.service.config_wanted


@pytest.mark.parametrize("where", ["deploymentBase", "feedback"])
def test_a_service_that_turns_the_device_away_midway(where: str) -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    if where == "feedback":
        agent.visit()
        agent.check_trial()
    device.wire.fault = lambda request, reply: (403, {}, b"") if where in request.url else reply
    with pytest.raises(Rejected):
        agent.visit()


def test_a_poll_without_a_telemetry_link_keeps_the_windows() -> None:
    device = enrolled_device()
    agent = device.boot()
    agent.spool.put(Frame(b"abcd", 1, 1, 0, 60, 1, FrameFlags.NONE, b""))
    device.wire.fault = lambda request, reply: (reply[0], reply[1], reply[2].replace(b"tele", b"x"))
    agent.visit()
    assert len(list(agent.spool.waiting())) == 1


def test_a_download_that_is_gone_is_tried_again_another_time() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    gone = {"times": 1}

    def fault(request: Request, reply: Reply) -> Reply:
        if "/artifacts/" in request.url and gone["times"]:
            gone["times"] -= 1
            return 404, {}, b""
        return reply

    device.wire.fault = fault
    device.boot().visit()
    device.update(device.boot())
    assert device.service.actions[0].state == "success"


def test_a_token_that_ends_during_a_download_is_renewed() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))

    def fault(request: Request, reply: Reply) -> Reply:
        if "instruction" in request.url:
            device.service.tokens.clear()
        return reply

    device.wire.fault = fault
    device.update(device.boot())
    assert device.service.actions[0].state == "success"


def test_a_body_that_ends_early_without_a_length() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    device.wire.fault = lambda request, reply: (
        (200, {}, reply[2][:100]) if "/artifacts/" in request.url else reply
    )
    with pytest.raises(ServiceUnreachable, match="ended early"):
        device.boot().visit()


def test_an_outcome_that_was_heard_is_told_again_if_the_action_is_offered_again() -> None:
    device = enrolled_device()
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.update(agent)
    action.state = "offered"
    agent.visit()
    assert [told.finished for told in action.terminal] == [Finished.SUCCESS] * 2


def test_told_to_stay_while_something_else_is_under_way() -> None:
    device = enrolled_device()
    bundle = bundle_of("1.0")
    agent = device.boot()
    device.service.publish("1.0", bundle)
    device.update(agent)
    other = device.service.publish("2.0", bundle_of("2.0"))
    device.wire.cut_at = 700
    with pytest.raises(ServiceUnreachable):
        agent.visit()
    other.state, device.wire.cut_at = "canceled", None
    stay = device.service.publish("1.0", bundle)
    agent.visit()
    assert stay.state == "success"
    assert agent.state.phase is UpdatePhase.IDLE


def test_a_medium_that_forgets_what_it_was_given() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))

    class Forgetful(SimStorage):
        def rename(self, old: str, new: str) -> None:
            super().rename(old, new)
            if new == "slot-a/libmodel.so":
                self.files[new].data[0] ^= 1

    forgetful = Forgetful()
    forgetful.files = device.storage.files
    device.storage = forgetful
    assert refusal(device) == "install: Slot a does not hold what was written to it."


def test_enrolled_under_another_name() -> None:
    device = SimDevice(SimService())

    def rename(request: Request, reply: Reply) -> Reply:
        return reply[0], reply[1], reply[2].replace(b'"dev-1"', b'"dev-9"')

    device.wire.fault = rename
    with pytest.raises(Misconfigured, match="enrolled 'dev-9'"):
        device.enrol()


def test_a_poll_address_that_is_none() -> None:
    device = SimDevice(SimService(base="ftp://service.test"))
    with pytest.raises(Misconfigured, match="no usable poll address"):
        device.enrol()


def test_an_enrolment_record_without_sense() -> None:
    storage = SimStorage()
    Journal(storage, RECORD).save({"controller_id": 7})
    with pytest.raises(NotEnrolled, match="makes no sense"):
        load_enrolment(storage)


def test_a_state_record_without_sense_is_no_memory() -> None:
    storage = SimStorage()
    Journal(storage, NAME).save({"version": "x"})
    assert StateStore.load(storage) is None


def test_a_slot_of_another_device_is_not_revived() -> None:
    device = enrolled_device()
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(device.boot())
    for path in ("state.0", "state.1"):
        del device.storage.files[path]
    known = load_enrolment(device.storage)
    record = {name: getattr(known, name) for name in type(known).__slots__}
    journal = Journal(device.storage, RECORD)
    journal.load()
    journal.save({**record, "controller_id": "dev-2"}, twice=True)
    assert replace(known, controller_id="dev-2") == load_enrolment(device.storage)
    assert device.boot().state.running is None
