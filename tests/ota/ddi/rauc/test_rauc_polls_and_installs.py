"""A RAUC service that polls: what it is answered, and what its heads do to its assignment."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from device_agent.protocol.ddi import Confirmation, ConfirmationFeedback
from fleet.devices.models import Device, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib import clock
from ota import services
from ota.engine.states import AssignmentState as A
from ota.models import Assignment
from ota.services.consent import confirmation
from tests.ota import makers, software
from tests.ota.ddi.rauc.service import RaucService, netrc
from tests.ota.foreign import images
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
MAKER = images.Maker.new()
NEW = "2026.5"  # the version in the manifest of `images`


@pytest.fixture(autouse=True)
def tokens_are_allowed(settings: Any) -> None:
    settings.EDGEFLEET_TARGET_TOKENS = settings.EDGEFLEET_GATEWAY_TOKENS = True


def bundle() -> bytes:
    return images.raucb(MAKER)


def offered(data: bytes | None = None, **delivery: Any) -> tuple[RaucService, Assignment]:
    """A machine that runs 1.0, and is offered a bundle of 2026.5."""
    module = software.module(("gateway.raucb", bundle() if data is None else data))
    device, row = software.offered(module, delivery=delivery)
    return RaucService(device), row


def state(row: Assignment) -> str:
    row.refresh_from_db()
    return str(row.state)


def test_a_bundle_is_found_installed_and_seen_to_run() -> None:
    data = bundle()
    rauc, row = offered(data)
    assert rauc.poll() == 206
    assert (rauc.size, state(row)) == (len(data), A.RETRIEVED)
    assert rauc.install() == data
    assert state(row) == A.INSTALLING
    rauc.reboots(NEW)
    assert rauc.poll() == 204
    assert state(row) == A.SUCCEEDED
    device = Device.objects.get(pk=rauc.device.pk)
    digest = hashlib.sha256(data).hexdigest()
    assert (device.running["model"], device.running["sha256"]) == ("gateway", digest)


def test_what_it_told_is_kept_but_for_the_confidential_and_what_always_changes() -> None:
    device = makers.devices(1, target="foreign")[0]
    rauc = RaucService(device)
    assert rauc.poll() == 204
    device.refresh_from_db()
    told = {name: text for name, text in device.attributes.items() if name.startswith("rauc-")}
    assert told == {
        "rauc-system-version": "1.0",
        "rauc-boot-id": rauc.boot,
        "rauc-serial": "GW7-0042",
        "rauc-variant": "rev-b",
    }
    assert device.running == {"version": "1.0"}


def test_a_bundle_that_is_known_is_not_modified() -> None:
    rauc, _ = offered()
    assert [rauc.poll(), rauc.poll()] == [206, 304]
    assert rauc.install() is not None, "an installation asks for the bytes all the same"


def test_head_is_answered_as_get_is() -> None:
    rauc, _ = offered()
    answer = rauc.client.head(rauc.address, headers=rauc.headers())
    assert (answer.status_code, answer.content) == (302, b"")
    assert rauc.client.head(answer["Location"]).status_code == 200


def test_a_machine_that_comes_back_with_the_old_version_has_failed() -> None:
    rauc, row = offered()
    rauc.poll()
    rauc.install()
    rauc.reboots("1.0")
    assert rauc.poll() == 204
    assert (state(row), row.cause) == (A.FAILED, "trial")
    assert row.text == "trial: it was started again and runs 1.0, not 2026.5."


def test_a_restart_before_the_installation_is_no_failure() -> None:
    rauc, row = offered()
    rauc.poll()
    rauc.reboots("1.0")
    assert rauc.poll() == 206
    assert state(row) == A.RETRIEVED


def test_a_service_that_polls_before_the_restart_still_installs() -> None:
    rauc, row = offered()
    rauc.poll()
    rauc.install()
    assert rauc.poll() == 304
    assert state(row) == A.INSTALLING


def test_a_version_that_ran_before_is_success_without_a_byte() -> None:
    rauc, row = offered()
    rauc.version = NEW
    assert rauc.poll() == 204
    assert state(row) == A.SUCCEEDED


def test_a_machine_that_falls_back_later_is_noted() -> None:
    rauc, row = offered()
    rauc.version = NEW
    rauc.poll()
    rauc.reboots("0.9")
    assert rauc.poll() == 204
    assert (state(row), row.cause) == (A.FAILED, "fell_back")


def test_a_version_that_comes_late_is_believed() -> None:
    rauc, row = offered()
    Assignment.objects.filter(pk=row.pk).update(state=A.TIMED_OUT)
    rauc.version = NEW
    assert rauc.poll() == 204
    assert state(row) == A.SUCCEEDED


def test_outside_of_the_window_nothing_is_offered() -> None:
    window = {"schedule": "0 0 2 ? * SUN", "duration": "03:00:00", "timezone": "+00:00"}
    with clock.fixed(clock.now().replace(year=2026, month=6, day=6, hour=12)):
        rauc, row = offered(window=window)
        assert rauc.poll() == 204
    with clock.fixed(clock.now().replace(year=2026, month=6, day=7, hour=3)):
        assert rauc.poll() == 206
    assert state(row) == A.RETRIEVED


@pytest.mark.parametrize(
    ("delivery", "answer"),
    [({"type": "soft"}, 206), ({"type": "forced"}, 206), ({"type": "downloadonly"}, 204)],
)
def test_a_kind_of_delivery(delivery: dict[str, Any], answer: int) -> None:
    rauc, _ = offered(**delivery)
    assert rauc.poll() == answer


def test_the_user_agrees_first() -> None:
    rauc, row = offered(confirmation=True)
    assert rauc.poll() == 204
    yes = ConfirmationFeedback(Confirmation.CONFIRMED)
    confirmation.confirmation_answer(device=rauc.device, action_id=row.pk, feedback=yes)
    assert rauc.poll() == 206


def test_a_version_that_runs_before_the_user_agreed_ends_nothing() -> None:
    rauc, row = offered(confirmation=True)
    rauc.version = NEW
    assert rauc.poll() == 204
    assert state(row) == A.OFFERED


@pytest.mark.parametrize(
    "data",
    [
        images.raucb(MAKER, b"no manifest inside"),
        images.swu(MAKER),
        b"an image",
    ],
    ids=["a plain bundle", "another maker's", "any file"],
)
def test_what_rauc_cannot_stream_is_not_offered(data: bytes) -> None:
    rauc, row = offered(data)
    assert rauc.poll() == 204
    assert state(row) == A.OFFERED


def test_a_release_of_two_files_is_not_offered() -> None:
    two = software.module(("a.raucb", bundle()), ("b.bin", b"more"))
    device, row = software.offered(two)
    assert RaucService(device).poll() == 204
    assert state(row) == A.OFFERED


def cancelled(row: Assignment) -> None:
    row.refresh_from_db()
    services.assignment_cancel(by=SYSTEM, assignment=row, reason="not today")


def test_a_cancellation_is_accepted_by_the_next_poll() -> None:
    rauc, row = offered()
    rauc.poll()
    cancelled(row)
    assert state(row) == A.CANCELLING
    assert rauc.install() is None
    assert state(row) == A.CANCELLED


def test_a_cancellation_that_was_not_read_is_acknowledged() -> None:
    rauc, row = offered()
    cancelled(row)
    assert rauc.poll() == 204
    rauc.device.ota_slot.refresh_from_db()
    assert (state(row), rauc.device.ota_slot.withdrawn_id) == (A.CANCELLED, None)


def test_a_cancellation_after_the_installation_had_begun_comes_too_late() -> None:
    rauc, row = offered()
    rauc.poll()
    rauc.install()
    cancelled(row)
    assert rauc.poll() == 204
    assert (state(row), row.cancel_refused) == (A.INSTALLING, True)
    rauc.reboots(NEW)
    rauc.poll()
    assert state(row) == A.SUCCEEDED


@pytest.mark.parametrize(("version", "ended"), [(NEW, A.SUCCEEDED), ("1.0", A.CANCELLED)])
def test_a_restart_decides_a_cancellation_that_came_late(version: str, ended: A) -> None:
    rauc, row = offered()
    rauc.poll()
    rauc.install()
    cancelled(row)
    rauc.reboots(version)
    assert rauc.poll() == 204
    assert state(row) == ended


def test_a_gateways_token_polls_for_a_member() -> None:
    rauc, _ = offered()
    secret = tokens.token_issue(holder=Group.objects.get(), by=SYSTEM)[1]
    assert RaucService(rauc.device, authorization=netrc(secret, "GatewayToken")).poll() == 206


@pytest.mark.parametrize(
    "authorization",
    [
        netrc("ef_dev_nobodys"),
        netrc("ef_gw_nobodys", "GatewayToken"),
        netrc("x", "DeviceToken"),
        netrc("x" * 1000),
        "Basic",
        "Basic !!!",
        "Basic /////w==",
    ],
)
def test_other_words_open_neither_address(authorization: str) -> None:
    rauc, _ = offered()
    rauc.poll()
    stranger = Client(headers={"authorization": authorization})
    assert stranger.get(rauc.address).status_code == 401
    assert stranger.get(rauc.url).status_code == 401


def test_basic_authentication_opens_no_other_address() -> None:
    rauc, _ = offered()
    assert rauc.client.get(makers.base(rauc.device)).status_code == 401


def test_a_token_opens_no_bundle_of_another_device() -> None:
    rauc, _ = offered()
    rauc.poll()
    stranger = RaucService(makers.devices(1, prefix="eve", target="foreign")[0])
    assert stranger.client.get(rauc.url).status_code == 404
    own = rauc.url.replace(rauc.device.controller_id, stranger.device.controller_id)
    assert stranger.client.get(own).status_code == 404


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RAUC-System-Version", "1" * 129),
        ("RAUC-Serial", "a\x07b"),
        ("RAUC-Variant", "v" * 129),
        ("RAUC-Boot-ID", "not an id"),
        ("RAUC-Boot-ID", "a" * 37),
        ("RAUC-Transaction-ID", "../etc"),
    ],
)
def test_heads_are_checked(name: str, text: str) -> None:
    rauc, row = offered()
    answer = rauc.client.get(rauc.address, headers=rauc.headers() | {name: text})
    assert answer.status_code == 400
    assert name in answer.json()["detail"]
    assert state(row) == A.OFFERED


def test_heads_may_be_missing() -> None:
    rauc, row = offered()
    assert rauc.client.get(rauc.address).status_code == 302
    assert state(row) == A.RETRIEVED
    assert not any(name.startswith("rauc-") for name in rauc.device.attributes)


def test_a_poll_like_the_one_before_writes_nothing() -> None:
    rauc = RaucService(makers.devices(1, target="foreign")[0])
    rauc.poll()
    with CaptureQueriesContext(connection) as seen:
        assert rauc.poll() == 204
    statements = [query["sql"] for query in seen.captured_queries]
    wrote = [each for each in statements if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not wrote
    assert len([each for each in statements if each.startswith("SELECT")]) == 2, statements


def test_a_poll_with_something_to_do_costs_few_reads() -> None:
    rauc, _ = offered()
    rauc.poll()
    with CaptureQueriesContext(connection) as seen:
        assert rauc.poll() == 304
    reads = [each["sql"] for each in seen.captured_queries if each["sql"].startswith("SELECT")]
    assert len(reads) <= 8, reads


def test_an_assignment_without_the_heads_waits_until_its_time_is_over() -> None:
    rauc, row = offered()
    rauc.client.get(rauc.address)
    Assignment.objects.filter(pk=row.pk).update(since=clock.now() - timedelta(days=30))
    services.rollout_tick(row.rollout_id)
    assert state(row) == A.TIMED_OUT
