"""The database answers a device query as the predicate does."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from fleet.devices.choices import DeviceState
from fleet.devices.labels.query import Node, matches
from fleet.devices.labels.sql import device_filter
from fleet.devices.models import Device
from fleet.lib import clock
from tests.fleet.devices.queries import KEYS, VALUES, trees

pytestmark = pytest.mark.django_db
NOW = clock.now()
HEARD = (None, NOW, NOW - timedelta(seconds=60), NOW - timedelta(hours=2), NOW - timedelta(days=9))


@pytest.fixture
def fleet() -> list[Device]:
    sets = [{}, *({key: value} for key in KEYS for value in VALUES[:4])]
    sets += [dict(zip(KEYS, VALUES[i:], strict=False)) for i in range(len(VALUES))]
    rows = [
        Device(
            controller_id=f"d{i}",
            name=f"d{i}",
            target=VALUES[i % 3],
            labels=labels,
            state=list(DeviceState)[i % len(DeviceState)],
            running={"version": VALUES[i % len(VALUES)]} if i % 4 else {},
            attributes={"os": VALUES[i % 5], "a.b": "B7"} if i % 3 else {"os": ""},
            last_seen_at=HEARD[i % len(HEARD)],
        )
        for i, labels in enumerate(sets)
    ]
    return Device.objects.bulk_create(rows)


@given(tree=trees)
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_same_devices(fleet: list[Device], tree: Node) -> None:
    expected = {
        each.name for each in fleet if matches(tree, each.query_facts(), each.silent_seconds(NOW))
    }
    found = set(Device.objects.filter(device_filter(tree, NOW)).values_list("name", flat=True))
    assert found == expected
