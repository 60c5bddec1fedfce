"""The database answers a label query as the predicate does."""

import pytest
from hypothesis import HealthCheck, given, settings

from fleet.devices.labels.query import Node, matches
from fleet.devices.labels.sql import label_filter
from fleet.devices.models import Device
from tests.fleet.devices.queries import KEYS, VALUES, trees

pytestmark = pytest.mark.django_db


@pytest.fixture
def fleet() -> list[Device]:
    sets = [{}, *({key: value} for key in KEYS for value in VALUES[:4])]
    sets += [dict(zip(KEYS, VALUES[i:], strict=False)) for i in range(len(VALUES))]
    rows = [
        Device(controller_id=f"d{i}", name=f"d{i}", target=VALUES[i % 3], labels=labels)
        for i, labels in enumerate(sets)
    ]
    return Device.objects.bulk_create(rows)


@given(tree=trees)
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_same_devices(fleet: list[Device], tree: Node) -> None:
    expected = {each.name for each in fleet if matches(tree, each.query_labels())}
    found = set(Device.objects.filter(label_filter(tree)).values_list("name", flat=True))
    assert found == expected
