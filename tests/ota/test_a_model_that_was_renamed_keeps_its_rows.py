"""The model once named `Slot` keeps its rows and what roles may do with them, there and back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.fleet.devices.factories import device

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("ota", "0009_looks_of_gates")]
AFTER = [("ota", "0010_slot_becomes_device_update_state")]


def migrate(to: list[tuple[str, str]]) -> Any:
    """Migrate and return the models of that time."""
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return executor.loader.project_state(to).apps


@pytest.fixture(autouse=True)
def back_to_the_newest() -> Iterator[None]:
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_rows_stay_in_their_table() -> None:
    older, known = migrate(BEFORE), device("cam-01")
    older.get_model("ota", "Slot").objects.create(device_id=known.pk, counter=7)
    newer = migrate(AFTER).get_model("ota", "DeviceUpdateState")
    assert newer._meta.db_table == "ota_slot"
    assert newer.objects.get(device_id=known.pk).counter == 7
    again = migrate(BEFORE).get_model("ota", "Slot")
    assert again.objects.get(device_id=known.pk).counter == 7


def test_roles_keep_their_permission() -> None:
    viewers = Group.objects.get(name="viewer").permissions
    migrate(BEFORE)
    assert not viewers.filter(codename="view_deviceupdatestate").exists()
    assert viewers.filter(codename="view_slot").exists()
    migrate(AFTER)
    assert viewers.filter(codename="view_deviceupdatestate").exists()
    assert not viewers.filter(codename="view_slot").exists()
