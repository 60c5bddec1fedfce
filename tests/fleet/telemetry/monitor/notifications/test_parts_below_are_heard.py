"""Builds that fail and versions that are decided reach those who listen."""

import pytest

from builds.models import Build
from builds.signals import build_failed
from fleet.lib.jobs import JobState
from fleet.telemetry.models import Delivery
from fleet.telemetry.monitor.notifications import destinations
from registry import services
from registry.models import ModelVersion
from tests.fleet.telemetry.world import version
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    destinations.destination_create(
        name="people",
        kind="email",
        address="a@example.com",
        events=["version.admitted", "version.refused", "build.failed"],
        by=SYSTEM,
    )


def pending() -> ModelVersion:
    made = version()
    ModelVersion.objects.filter(pk=made.pk).update(state="pending", decided_at=None)
    made.refresh_from_db()
    return made


def told() -> Delivery:
    return Delivery.objects.get()


def test_a_version_that_is_taken(db: None) -> None:
    services.version_admit(version=pending(), io_schema={}, ops={}, by=SYSTEM)
    assert told().event == "version.admitted"


def test_a_version_that_is_refused_with_its_reasons(db: None) -> None:
    services.version_reject(version=pending(), reasons=["It is empty."], by=SYSTEM)
    assert told().event == "version.refused"
    assert told().payload["data"]["reasons"] == ["It is empty."]


def test_a_build_that_failed(db: None) -> None:
    build = Build.objects.create(
        version=version(),
        target="cortex-m4f",
        recipe={},
        cache_key="0" * 64,
        requested_by="tests",
        state=JobState.FAILED,
        failure="The linker stopped.",
    )
    build_failed.send(sender=Build, build=build)
    assert told().event == "build.failed"
    assert told().payload["data"]["reason"] == "The linker stopped."
