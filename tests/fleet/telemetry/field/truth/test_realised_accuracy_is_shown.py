"""What labels say of a version and of its groups, and the incident of a changed meaning."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from fleet.access.models import AuditEntry
from fleet.devices.models import Group
from fleet.lib import clock
from fleet.telemetry import tasks
from fleet.telemetry.field.truth.accuracy import NEVER_SEEN, realised
from fleet.telemetry.field.truth.watch import concept_assess
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.models import Incident, LabelledCount
from registry.models import ModelVersion
from tests.fleet.telemetry.field.truth.test_labels_join_what_devices_counted import CALIBRATION
from tests.fleet.telemetry.world import Unit, everybody_reports, fleet, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> ModelVersion:
    return registered(calibration=CALIBRATION).version


@pytest.fixture
def units(version: ModelVersion) -> list[Unit]:
    del version
    made = fleet(6)
    everybody_reports(made)
    rollups_refresh()
    return made


def since() -> datetime:
    return clock.now() - timedelta(days=30)


def labelled(
    version: ModelVersion, units: list[Unit], share: float, hours: range, expected: float = 0.9
) -> None:
    """`share` of a hundred inferences of each device are right in each of these hours ago."""
    LabelledCount.objects.bulk_create(
        LabelledCount(
            version=version,
            device=each.row,
            bucket_at=bucket(clock.now() - timedelta(hours=hour), 3600),
            joined_by="window",
            labelled=100,
            correct=round(100 * share),
            expected=100 * expected,
            pairs=[[0, 0, round(100 * share)], [0, 1, 100 - round(100 * share)]],
        )
        for each in units
        for hour in hours
    )


def test_without_labels_the_blind_spot_is_told(version: ModelVersion, units: list[Unit]) -> None:
    del units
    found = realised(version, since())
    assert (found["labelled"], found["accuracy"]) == (0, None)
    assert found["caveat"] == "cannot see a changed meaning of the labels"
    assert found["concept"]["sentence"] == NEVER_SEEN
    assert 0.8 < found["estimated"]["accuracy"] < 0.95


def test_realised_accuracy_stands_beside_what_was_expected(
    version: ModelVersion, units: list[Unit]
) -> None:
    labelled(version, units, 0.88, range(10))
    found = realised(version, since())
    assert (found["labelled"], found["correct"], found["accuracy"]) == (6000, 5280, 0.88)
    assert found["low"] < 0.88 < found["high"]
    assert found["high"] - found["low"] == pytest.approx(4 * np.sqrt(0.88 * 0.12 / 1500), rel=0.1)
    assert (found["expected"], found["gap"]) == (0.9, 0.02)
    assert found["pairs"] == [[0, 0, 5280], [0, 1, 720]]
    assert found["concept"]["state"] == "quiet"
    assert found["caveat"] == ""


def test_groups_of_devices_are_told_apart(version: ModelVersion, units: list[Unit]) -> None:
    Group.objects.create(name="bad-lot", kind="dynamic", query="lot=B7")
    Group.objects.create(name="nobody", kind="dynamic", query="lot=C9")
    labelled(version, units[:3], 0.5, range(3))
    labelled(version, units[3:], 0.9, range(3))
    (found,) = realised(version, since())["groups"]
    assert (found["group"], found["devices"], found["accuracy"]) == ("bad-lot", 3, 0.5)


def test_the_mix_of_true_classes_is_estimated(version: ModelVersion, units: list[Unit]) -> None:
    del units
    shift = realised(version, since())["label_shift"]
    assert [row["class"] for row in shift["classes"]] == ["zero", "one", "two", "three"]
    assert sum(row["share"] for row in shift["classes"]) == pytest.approx(1, abs=0.001)
    assert "inputs of each class look as in the reference" in shift["sentence"]


def test_an_old_build_without_confusion_says_so(db: Any) -> None:
    del db
    plain = registered(calibration={"total": [1] * 16, "correct": [1] * 16}).version
    found = realised(plain, since())["label_shift"]
    assert found == {"sentence": "The build stored no confusion of its classes.", "classes": []}


def test_a_changed_meaning_opens_one_incident_in_words(
    version: ModelVersion, units: list[Unit]
) -> None:
    labelled(version, units, 0.9, range(20, 40))
    labelled(version, units, 0.7, range(20))
    tasks.concepts_assess()
    tasks.concepts_assess()
    incident = Incident.objects.get()
    assert (incident.kind, incident.level, incident.severity) == (
        "concept_drift",
        "version",
        "critical",
    )
    assert "right less often than its confidence says" in incident.summary
    assert "8400 of 12000" in incident.summary
    assert incident.since == bucket(clock.now() - timedelta(hours=19), 3600)
    assert incident.evidence["device_count"] == 6
    assert AuditEntry.objects.filter(action="telemetry.incident_open").count() == 1


def test_the_incident_ends_with_newer_labels(version: ModelVersion, units: list[Unit]) -> None:
    labelled(version, units, 0.6, range(60, 80))
    assert concept_assess(version) is not None
    labelled(version, units, 0.92, range(60))
    assert concept_assess(version) is None
    incident = Incident.objects.get()
    assert incident.state == "resolved"
    assert incident.note == "Newer labels agree with the model's confidence again."


def test_drift_detection_leaves_the_incident_alone(
    version: ModelVersion, units: list[Unit]
) -> None:
    labelled(version, units, 0.6, range(20))
    assert concept_assess(version) is not None
    everybody_reports(units)
    tasks.drift_assess()
    assert Incident.objects.get().state == "open"


def test_without_a_calibration_nothing_is_judged(db: Any) -> None:
    del db
    plain = registered().version
    units = fleet(6)
    labelled(plain, units, 0.2, range(20))
    LabelledCount.objects.update(expected=None)
    assert concept_assess(plain) is None
    found = realised(plain, since())
    assert (found["accuracy"], found["expected"]) == (0.2, None)
    assert "no calibration" in found["concept"]["sentence"]


def test_few_devices_are_told_to_be_few(version: ModelVersion, units: list[Unit]) -> None:
    labelled(version, units[:2], 0.5, range(20))
    incident = concept_assess(version)
    assert incident is not None
    assert "one that lies could make this up" in incident.summary
