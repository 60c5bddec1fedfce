"""What others read of the fleet: names that a board may rely on, no device among the labels."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from fleet import health
from fleet.devices.models import Device
from fleet.lib.measures import as_text, counted, protobuf
from fleet.telemetry.figures import families
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.models import Refusal
from tests.fleet.console.factories import CALIBRATION
from tests.fleet.telemetry.world import everybody_reports, fleet, registered

pytestmark = pytest.mark.django_db
BOARD = Path(__file__).parents[4] / "fleet" / "console" / "docs" / "grafana.json"
QUERIES_MAX = 14


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    families._read.clear()


@pytest.fixture
def devices() -> list[Any]:
    registered("1.0", calibration=CALIBRATION)
    units = fleet(4)
    everybody_reports(units)
    rollups_refresh()
    Device.objects.update(running={"model": "digits", "version": "1.0"})
    Refusal.objects.create(device=units[0].row, code="counts", windows=3)
    return units


def test_each_metric_of_the_board_is_measured(devices: list[Any]) -> None:
    del devices
    Client().get("/livez")
    board = json.loads(BOARD.read_text())
    asked = " ".join(each["expr"] for panel in board["panels"] for each in panel["targets"])
    told = as_text([*counted(), *families.fleet_families()]).decode()
    known = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))
    known |= {f"{name}_bucket" for name in known}
    wanted = set(re.findall(r"edgefleet_\w+", asked))
    assert len(wanted) > 10
    assert wanted - known == set()


def test_versions_are_labels_and_devices_are_not(devices: list[Any]) -> None:
    told = as_text(families.fleet_families()).decode()
    assert 'edgefleet_version_devices{model="digits",version="1.0"} 4.0' in told
    assert 'edgefleet_version_reporting{model="digits",version="1.0"} 4.0' in told
    assert 'edgefleet_windows_refused_total{reason="counts"} 3.0' in told
    assert re.search(r"edgefleet_version_estimated_accuracy\{.*\} 0\.\d+", told)
    for each in devices:
        assert each.row.public_id not in told
        assert each.row.controller_id not in told


def test_it_is_read_in_a_few_queries_and_not_at_every_scrape(
    devices: list[Any], django_assert_max_num_queries: Any
) -> None:
    del devices
    with django_assert_max_num_queries(QUERIES_MAX):
        families.fleet_families()
    with django_assert_max_num_queries(0):
        families.fleet_families()


def test_a_scraper_that_prefers_protobuf_gets_it(devices: list[Any]) -> None:
    del devices
    accept = f"application/vnd.google.protobuf;proto={protobuf.NAME};encoding=delimited;q=0.6,*/*"
    answer = Client().get("/metrics", headers={"Accept": accept})
    assert answer.headers["Content-Type"] == protobuf.CONTENT_TYPE
    assert b"edgefleet_inference_microseconds" in answer.content
    text = Client().get("/metrics", headers={"Accept": "text/plain"})
    assert text.headers["Content-Type"].startswith("text/plain")
    assert b"edgefleet_devices{" in text.content


def test_what_the_service_counted_is_told_without_a_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> list[Any]:
        raise OperationalError("the database is away")

    monkeypatch.setattr(health, "fleet_families", away)
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert b"edgefleet_http_responses" in answer.content
    assert b"edgefleet_devices{" not in answer.content
