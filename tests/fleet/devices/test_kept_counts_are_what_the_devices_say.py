"""Kept counts of devices are what their rows say, whatever changes them."""

import pytest
from django.db.models import F

from fleet.devices import presence, selectors, services
from fleet.devices.models import Device, DeviceCount
from tests.fleet.devices.factories import device
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
FOLD_ROWS = 500
RUNS = {"model": "digits", "version": "1.0"}


def test_devices_that_come_move_and_run_something_else() -> None:
    cam, other = device("cam-01"), device("cam-02", running=RUNS)
    assert DeviceCount.sums() == DeviceCount.counted()
    services.device_reject(device=cam, by=SYSTEM)
    other.running = RUNS | {"version": "1.1"}
    other.save()
    Device.objects.bulk_create([Device(controller_id="cam-03", name="x", target="y")])
    assert DeviceCount.sums() == DeviceCount.counted()
    Device.objects.update(running={})
    assert DeviceCount.sums() == DeviceCount.counted()
    assert selectors.device_states() == {
        "pending": 1,
        "accepted": 1,
        "rejected": 1,
        "decommissioned": 0,
    }


def test_being_seen_adds_no_row() -> None:
    cam = device(running=RUNS)
    before = DeviceCount.objects.count()
    presence.seen(cam)
    presence.flush()
    Device.objects.update(running=F("running"))
    assert DeviceCount.objects.count() == before


def test_changes_are_added_up_and_stay_the_same() -> None:
    cam = device()
    for turn in range(FOLD_ROWS // 2 + 1):
        Device.objects.filter(pk=cam.pk).update(running={"model": "digits", "version": str(turn)})
    assert DeviceCount.fold() >= FOLD_ROWS
    assert DeviceCount.sums() == DeviceCount.counted()
    assert DeviceCount.objects.count() == 1
