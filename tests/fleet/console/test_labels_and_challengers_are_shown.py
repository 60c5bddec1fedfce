"""Panels of realised accuracy and of agreement, and the page of a concept drift incident."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.console.present.judgement.evidence import evidence_sentences
from fleet.console.present.pairs import pairs_table
from fleet.lib import clock
from fleet.telemetry.field.truth.watch import concept_assess
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from ota.models import Shadow, ShadowCount
from registry.models import ModelVersion
from tests import personas
from tests.fleet.telemetry.field.truth.test_labels_join_what_devices_counted import CALIBRATION
from tests.fleet.telemetry.field.truth.test_realised_accuracy_is_shown import labelled
from tests.fleet.telemetry.world import Unit, everybody_reports, fleet, registered
from tests.ota import makers

CLASSES = ("good", "bad")


def test_pairs_are_a_table_with_what_differs_warm() -> None:
    found = pairs_table([[0, 0, 90], [0, 1, 10], [1, 1, 5], [1, -1, 5]], CLASSES)
    assert found.columns == ("good", "bad", "another")
    assert [name for name, _ in found.rows] == ["good", "bad"]
    texts = [[cell.text for cell in cells] for _, cells in found.rows]
    assert texts == [["90", "10", ""], ["", "5", "5"]]
    styles = [[cell.css for cell in cells] for _, cells in found.rows]
    assert styles == [["", "ef-cell-2", ""], ["", "", "ef-cell-4"]]


def test_many_classes_are_a_list_of_what_differs() -> None:
    pairs = [[at, at, 100] for at in range(40)] + [[3, 4, 7], [5, 6, 9]]
    found = pairs_table(pairs, [str(at) for at in range(40)])
    assert (found.columns, found.rows) == ((), ())
    assert found.listed == (("5", "6", 9), ("3", "4", 7))


def test_a_concept_incident_is_told_in_words() -> None:
    labels = {"correct": 800, "labelled": 1000, "expected": 0.9}
    evidence = {"says": "It is worse.", "labels": labels, "device_count": 3, "samples": 1000}
    assert evidence_sentences(evidence, "meaning of the labels") == [
        "It is worse. 800 of 1,000 labelled inferences are right, 90.0 % were expected.",
        "It is seen on 3 devices, in 1,000 inferences.",
    ]


@pytest.fixture
def version(db: None) -> ModelVersion:
    del db
    return registered(calibration=CALIBRATION).version


@pytest.fixture
def units(version: ModelVersion) -> list[Unit]:
    del version
    made = fleet(6)
    everybody_reports(made)
    rollups_refresh()
    return made


def page(address: str) -> str:
    answer = personas.client("operator").get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def drift_page(version: ModelVersion) -> str:
    return page(f"/console/models/{version.model.name}/{version.number}/drift")


def test_without_labels_the_page_says_what_it_cannot_see(
    version: ModelVersion, units: list[Unit]
) -> None:
    del units
    found = drift_page(version)
    assert "cannot see a changed meaning of the labels" in found
    assert "edgefleet labels send" in found


def test_labels_and_the_incident_are_shown(version: ModelVersion, units: list[Unit]) -> None:
    labelled(version, units, 0.6, range(20))
    incident = concept_assess(version)
    assert incident is not None
    found = drift_page(version)
    assert "60.0 % (" in found
    assert "12,000 labels of 6 devices" in found
    assert "Predicted against true" in found
    told = page(f"/console/incidents/{incident.public_id}")
    assert "7,200 of 12,000 labelled inferences are right, 90.0 % were expected" in told


def test_a_challenger_is_shown_with_its_agreement(db: Any) -> None:
    del db
    units = makers.devices(3)
    group = makers.group(units)
    champion, release = makers.version("1.0", targets=()), makers.release("2.0")
    budgets = {"every": 10, "time_ms": 1000, "memory_mib": 256}
    until = clock.now() + timedelta(hours=1)
    shadow = Shadow.objects.create(
        release=release, group=group, until=until, devices=3, started_by="ben", **budgets
    )
    for unit in units:
        ShadowCount.objects.create(
            shadow=shadow,
            device=unit,
            champion=champion,
            boot_id=1,
            seq=1,
            state="stopped",
            reason="The challenger's process ended by signal 11.",
            ran=100,
            agreed=90,
            pairs=[[0, 0, 90], [0, 1, 10]],
        )
    found = drift_page(release.model_version)
    assert "Beside 1.0" in found
    assert "90.0 % of 300 inferences on 3 devices" in found
    assert "ended by signal 11" in found
