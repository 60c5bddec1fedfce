"""Deliveries against a real server on this machine: signed, tried again, given up, disabled."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from fleet.access.models import AuditEntry
from fleet.lib import clock
from fleet.lib.errors import Conflict, Refused
from fleet.telemetry.models import Delivery, Destination
from fleet.telemetry.monitor.notifications import deliver, destinations
from fleet.telemetry.monitor.notifications.emit import PAYLOAD_MAX, emit, message
from fleet.telemetry.monitor.notifications.events import EVENTS, INCIDENT_OPENED, VERSION_REFUSED
from tests.fleet.telemetry.monitor.notifications.simulators.receiver import Receiver, receiving
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.EDGEFLEET_WEBHOOK_HTTP = True
    settings.EDGEFLEET_WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as found:
        yield found


@pytest.fixture
def hook(receiver: Receiver) -> Destination:
    made, receiver.secret = destinations.destination_create(
        name="pipeline",
        kind="webhook",
        address=receiver.url,
        events=["incident.opened"],
        by=SYSTEM,
    )
    return made


def opened() -> None:
    emit(INCIDENT_OPENED, "inc_1", {"id": "inc_1", "cause": "lot=B7"})


def test_a_message_arrives_once_and_its_signature_holds(
    receiver: Receiver, hook: Destination
) -> None:
    opened()
    assert deliver.deliveries_send() == 1
    assert deliver.deliveries_send() == 0
    assert receiver.valid == [True]
    assert receiver.bodies[0]["type"] == "incident.opened"
    assert receiver.bodies[0]["data"] == {"id": "inc_1", "cause": "lot=B7"}
    row = Delivery.objects.get()
    assert (row.state, row.public_id) == ("delivered", receiver.ids[0])
    assert row.tries[0]["status"] == 204
    hook.refresh_from_db()
    assert hook.last_success_at is not None


def test_only_what_is_listened_to_is_sent(receiver: Receiver, hook: Destination) -> None:
    emit(VERSION_REFUSED, "ver_1", {"id": "ver_1"})
    deliver.deliveries_send()
    assert receiver.bodies == []


def test_a_failed_one_is_tried_again_under_the_same_id(
    receiver: Receiver, hook: Destination
) -> None:
    receiver.answers = [500, 204]
    opened()
    deliver.deliveries_send()
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert timedelta(seconds=20) < row.next_at - clock.now() < timedelta(seconds=40)
    with clock.fixed(row.next_at):
        deliver.deliveries_send()
    row.refresh_from_db()
    assert row.state == "delivered"
    assert receiver.ids[0] == receiver.ids[1]


def test_pauses_grow_to_six_hours_and_are_spread() -> None:
    pauses = [deliver.pause_seconds(attempt, 0.5) for attempt in range(1, 9)]
    assert pauses[:3] == [30, 120, 480]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * 3600
    assert deliver.pause_seconds(1, 0.0) == pytest.approx(22.5)
    assert deliver.pause_seconds(1, 1.0) == pytest.approx(37.5)


def test_it_is_given_up_in_the_end_and_sent_by_hand(receiver: Receiver, hook: Destination) -> None:
    receiver.answers = [500] * deliver.ATTEMPTS_MAX
    opened()
    row = Delivery.objects.get()
    for _ in range(deliver.ATTEMPTS_MAX):
        with clock.fixed(row.next_at + timedelta(seconds=1)):
            deliver.deliveries_send()
        row.refresh_from_db()
    assert row.state == "failed"
    destinations.delivery_redeliver(delivery=row, by=SYSTEM)
    deliver.deliveries_send()
    row.refresh_from_db()
    assert row.state == "delivered"
    Delivery.objects.filter(pk=row.pk).update(state="waiting")
    with pytest.raises(Conflict, match="on its way"):
        destinations.delivery_redeliver(delivery=row, by=SYSTEM)


def test_a_redirect_is_not_followed(receiver: Receiver, hook: Destination) -> None:
    receiver.answers = [302]
    opened()
    deliver.deliveries_send()
    assert len(receiver.bodies) == 1
    assert Delivery.objects.get().tries[0]["error"] == "The answer was 302."


def test_a_receiver_that_is_gone_is_called_no_more(receiver: Receiver, hook: Destination) -> None:
    receiver.answers = [410]
    opened()
    deliver.deliveries_send()
    hook.refresh_from_db()
    assert not hook.enabled
    assert "gone" in hook.disabled_reason
    opened()
    assert Delivery.objects.count() == 1
    assert AuditEntry.objects.filter(action="telemetry.destination_disable").exists()


def test_a_destination_that_fails_for_long_is_disabled_and_enabled_by_hand(
    receiver: Receiver, hook: Destination
) -> None:
    Destination.objects.update(failures=deliver.FAILURES_MAX - 1)
    receiver.answers = [500]
    opened()
    deliver.deliveries_send()
    hook.refresh_from_db()
    assert not hook.enabled
    with pytest.raises(Conflict, match="enable it first"):
        destinations.destination_test(destination=hook, by=SYSTEM)
    destinations.destination_enable(destination=hook, by=SYSTEM)
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        deliver.deliveries_send()
    assert receiver.valid == [True, True]


def test_an_inner_address_is_not_called(
    receiver: Receiver, hook: Destination, settings: Any
) -> None:
    settings.EDGEFLEET_WEBHOOK_NETWORKS = []
    opened()
    deliver.deliveries_send()
    assert receiver.bodies == []
    assert "own networks" in Delivery.objects.get().tries[0]["error"]


def test_a_new_secret_replaces_the_one_before(receiver: Receiver, hook: Destination) -> None:
    opened()
    receiver.secret = destinations.destination_rotate(destination=hook, by=SYSTEM)
    deliver.deliveries_send()
    assert receiver.valid == [True]


def test_mail_goes_through_django(db: None) -> None:
    destinations.destination_create(
        name="people",
        kind="email",
        address="a@example.com, b@example.com",
        events=["incident.opened"],
        by=SYSTEM,
    )
    opened()
    deliver.deliveries_send()
    (sent,) = mail.outbox
    assert sent.to == ["a@example.com", "b@example.com"]
    assert sent.subject == "[EdgeFleet] incident.opened lot=B7"
    assert "cause: lot=B7" in sent.body


def test_without_a_mail_server_it_says_what_to_set(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    destinations.destination_create(
        name="people", kind="email", address="a@example.com", events=["incident.opened"], by=SYSTEM
    )
    opened()
    deliver.deliveries_send()
    assert Delivery.objects.get().tries[0]["error"] == "No mail server is known: set EMAIL_HOST."


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webhook", "http://example.com"),
        ("webhook", "https://169.254.169.254/latest"),
        ("webhook", "https://[::1]/"),
        ("email", "nobody"),
        ("email", ""),
        ("email", "a@b.c," * 11),
    ],
)
def test_a_wrong_address_is_refused(kind: str, address: str) -> None:
    with pytest.raises(Refused, match=r"URL|address"):
        destinations.destination_create(name="x", kind=kind, address=address, by=SYSTEM)
    assert not Destination.objects.exists()


def test_a_message_is_bounded() -> None:
    huge = {f"k{i}": ["x" * 1000] * 500 for i in range(50)}
    assert message(INCIDENT_OPENED, huge | {"id": "inc_1"})["data"] == {
        "id": "inc_1",
        "left_out": True,
    }
    assert len(str(message(INCIDENT_OPENED, {"text": "x" * 10**6}))) < PAYLOAD_MAX


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: each.name)
def test_every_event_s_example_is_a_message(event: Any) -> None:
    assert message(event, event.example)["data"] == event.example


def test_old_messages_are_removed(receiver: Receiver, hook: Destination) -> None:
    opened()
    deliver.deliveries_send()
    assert deliver.deliveries_purge() == 0
    with clock.fixed(clock.now() + timedelta(days=deliver.DAYS_KEPT + 1)):
        assert deliver.deliveries_purge() == 1
