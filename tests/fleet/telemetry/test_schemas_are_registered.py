"""A published release makes its schema known."""

import pytest

from builds.models import Int8Model
from fleet.lib.errors import Conflict, Unprocessable
from fleet.telemetry import services
from fleet.telemetry.models import ReferenceProfile, TelemetrySchema
from registry.models import ModelVersion
from tests.fleet.telemetry.world import registered, schema, version

pytestmark = pytest.mark.django_db


def test_schema_and_reference_come_from_the_build() -> None:
    row = registered()
    assert row.schema_id == schema().schema_id.hex()
    assert sum(row.reference.counts[:16]) == 1000


def test_registering_again_changes_nothing() -> None:
    row = registered()
    assert services.schema_register(ModelVersion.objects.get()) == row
    assert (TelemetrySchema.objects.count(), ReferenceProfile.objects.count()) == (1, 1)


def test_a_version_that_was_not_built_has_no_schema() -> None:
    made = version()
    Int8Model.objects.filter(version=made).delete()
    with pytest.raises(Unprocessable, match="not built yet"):
        services.schema_register(made)


def test_a_schema_id_belongs_to_one_version() -> None:
    registered()
    other = version("2.0")
    twin = Int8Model.objects.get(version=other)
    Int8Model.objects.filter(version=other).delete()
    twin.pk, twin._state.adding = None, True
    twin.telemetry_schema = {**twin.telemetry_schema, "version": "1.0"}
    twin.save()
    with pytest.raises(Conflict):
        services.schema_register(other)


def test_a_reference_of_another_length_is_refused() -> None:
    made = version()
    short = Int8Model.objects.get(version=made)
    Int8Model.objects.filter(version=made).delete()
    short.pk, short._state.adding = None, True
    short.reference_counts = [1, 2]
    short.save()
    with pytest.raises(Unprocessable, match="2 counts"):
        services.schema_register(made)
    assert not TelemetrySchema.objects.exists()
