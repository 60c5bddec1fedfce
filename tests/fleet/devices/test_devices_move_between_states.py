"""Accept, reject, decommission: the table, the race, the records."""

import pytest

from fleet.access.models import AuditEntry
from fleet.devices import services
from fleet.devices.choices import DeviceState
from fleet.devices.lifecycle import TRANSITIONS, Act, after
from fleet.devices.models import Device, DeviceEvent
from fleet.lib.errors import Conflict, Refused, Stale, TooLarge
from tests.fleet.devices.factories import device
from tests.personas import SYSTEM


@pytest.mark.parametrize("state", list(DeviceState))
@pytest.mark.parametrize("act", list(Act))
def test_each_pair_moves_by_the_table_or_is_refused(state: DeviceState, act: Act) -> None:
    if (state, act) in TRANSITIONS:
        moved = after(state, act)
        assert (moved != state) or act is Act.REVOKE_KEY
    else:
        with pytest.raises(Conflict, match="cannot be sent"):
            after(state, act)


def test_nothing_leaves_decommissioned() -> None:
    assert all(state != DeviceState.DECOMMISSIONED for state, _ in TRANSITIONS)


@pytest.mark.django_db
def test_a_move_is_told_in_the_timeline_and_the_audit_log() -> None:
    moved = services.device_reject(device=device(), by=SYSTEM)
    assert moved.state == "rejected"
    assert DeviceEvent.objects.get().text == "Rejected by tests"
    assert AuditEntry.objects.get().action == "devices.device_reject"


@pytest.mark.django_db
def test_the_slower_of_two_is_told_so() -> None:
    row = device(state=DeviceState.PENDING)
    same = Device.objects.get()
    services.device_accept(device=row, by=SYSTEM)
    with pytest.raises(Stale):
        services.device_reject(device=same, by=SYSTEM)
    assert Device.objects.get().state == "accepted"


@pytest.mark.django_db
def test_two_edits_do_not_overwrite_each_other() -> None:
    row = device()
    same = Device.objects.get()
    services.device_edit(device=row, labels={"lot": "B7"}, by=SYSTEM)
    with pytest.raises(Stale):
        services.device_edit(device=same, labels={"lot": "A1"}, by=SYSTEM)
    assert Device.objects.get().labels == {"lot": "B7"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "labels",
    [
        {"1lot": "x"},
        {"lot": ""},
        {"lot": 7},
        {"target": "x"},
        {"lot": 'a"b'},
        {"lot": "x" * 200},
        {f"l{i}": "x" for i in range(65)},
    ],
)
def test_what_cannot_be_a_label_is_refused(labels: dict[str, object]) -> None:
    with pytest.raises(Refused):
        services.device_edit(device=device(), labels=labels, by=SYSTEM)


@pytest.mark.django_db
def test_a_name_is_printable_and_short() -> None:
    row = device()
    assert services.device_edit(device=row, name="door", by=SYSTEM).name == "door"
    assert services.device_edit(device=row, by=SYSTEM) is row
    with pytest.raises(Refused):
        services.device_edit(device=row, name="", by=SYSTEM)


@pytest.mark.django_db
def test_a_device_tells_what_it_runs_and_only_news_is_written() -> None:
    row = device()
    running = {"model": "digits", "version": "1.0"}
    assert services.device_report(device=row, running=running)
    assert not services.device_report(device=row, running=running)
    assert DeviceEvent.objects.get().text == "Runs digits 1.0"


@pytest.mark.django_db
def test_a_device_may_not_tell_too_much() -> None:
    row = device()
    with pytest.raises(TooLarge):
        services.device_report(device=row, attributes={"log": "x" * 20_000})
    with pytest.raises(Refused):
        services.device_report(device=row, attributes={"load": 0.5})
