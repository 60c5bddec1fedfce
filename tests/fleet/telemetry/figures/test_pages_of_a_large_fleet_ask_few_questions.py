"""The fleet by version, a device over time, what is missing: right, and in few queries."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry.drift.defaults import DEFAULTS
from fleet.telemetry.figures.rate import usual_rate
from fleet.telemetry.figures.readiness import VersionSeen, needs, version_needs
from fleet.telemetry.figures.timeline import device_timeline
from fleet.telemetry.figures.versions import ROWS_MAX, versions_in_field
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.monitor.charts import version_drift
from tests import personas
from tests.fleet.telemetry.world import everybody_reports, fleet, registered, unit, version

STEP = 60  # seconds of a bucket
# Of whole pages, the same for ten devices and for ten thousand.
QUERIES: dict[str, int] = {"overview": 16, "version": 31, "drift": 20, "device": 24}


@pytest.fixture(autouse=True)
def by_the_minute(db: None, settings: Any) -> None:
    del db
    settings.EDGEFLEET_ROLLUP_SECONDS = STEP


def runs(label: str, count: int, prefix: str) -> None:
    Device.objects.bulk_create(
        Device(
            controller_id=f"{prefix}-{i}",
            name=f"{prefix}-{i}",
            target="linux-x86_64",
            state="accepted",
            running={"model": "digits", "version": label},
        )
        for i in range(count)
    )


def test_versions_are_counted_in_the_same_few_queries_whatever_the_fleet(
    django_assert_max_num_queries: Any,
) -> None:
    registered("1.0")
    everybody_reports(fleet(5))
    rollups_refresh()
    runs("1.0", 200, "old")
    for i in range(ROWS_MAX + 3):
        runs(f"9.{i}", 2, f"own-{i}")
    with django_assert_max_num_queries(4):
        rows = versions_in_field()
    assert (rows[0].name, rows[0].devices, rows[0].reporting) == ("digits 1.0", 200, 5)
    assert rows[0].inferences == 5 * 2 * 150
    assert sum(each.devices for each in rows) == Device.objects.filter(state="accepted").count()
    assert [each.name for each in rows[-2:]] == ["other versions", "no model yet"]


@pytest.mark.parametrize("page", QUERIES)
def test_a_page_asks_as_many_questions_for_many_devices_as_for_few(
    page: str, django_assert_max_num_queries: Any
) -> None:
    schema = registered("1.0")
    units = fleet(12)
    everybody_reports(units)
    rollups_refresh()
    runs("1.0", 300, "more")
    model = f"/console/models/digits/{schema.version.number}"
    pages = {
        "overview": "/console/",
        "version": model,
        "drift": f"{model}/drift",
        "device": f"/console/devices/{units[0].row.public_id}",
    }
    client = personas.client("owner")
    with django_assert_max_num_queries(QUERIES[page]):
        assert client.get(pages[page]).status_code == 200


def test_a_device_s_gaps_are_between_its_windows() -> None:
    schema, one = registered("1.0"), unit("cam")
    start = clock.now() - timedelta(seconds=20 * STEP)
    for step in (0, 1, 2, 6, 7, 9):
        with clock.fixed(start + timedelta(seconds=step * STEP)):
            one.report(100, schema_id=bytes.fromhex(schema.schema_id))
    rollups_refresh()
    with clock.fixed(start + timedelta(seconds=9 * STEP)):
        found = device_timeline(one.row)
    assert found is not None
    assert [count is not None for count in found.samples] == [
        *(True,) * 3, *(False,) * 3, True, True, False, True,
    ]  # fmt: skip
    assert [int((high - low).total_seconds()) for low, high in found.gaps] == [3 * STEP, STEP]
    assert [mark.lane for mark in found.marks] == ["boot"]


def test_a_device_without_windows_has_no_timeline_and_says_why() -> None:
    one = unit("cam")
    assert device_timeline(one.row) is None
    text = personas.client("viewer").get(f"/console/devices/{one.row.public_id}")
    assert "It handed in no window" in text.content.decode()


def test_each_thing_that_is_short_is_a_sentence() -> None:
    short = list(needs(VersionSeen(2, 150, 3, 3600), DEFAULTS))
    assert short[0] == "50 more inferences are needed before a distribution is judged."
    assert short[1].startswith("3 more devices that report would tell weather")
    assert "another 21 hours" in short[2]
    assert "variances" in next(needs(VersionSeen(9, 900, 30, 3600), DEFAULTS))
    assert list(needs(VersionSeen(9, 900, 200, 3600), DEFAULTS)) == []


def test_what_was_never_released_or_reported_on_says_so() -> None:
    assert "no published release" in version_needs(version("0.9"))[0]
    assert "No device has reported" in version_needs(registered("1.0").version)[0]


def test_a_bucket_is_shown_alone_when_it_is_chosen() -> None:
    schema = registered("1.0")
    everybody_reports(fleet(3), windows=2)
    rollups_refresh()
    whole = version_drift(schema.version)
    assert whole is not None
    at = clock.now().replace(second=0, microsecond=0)
    series = {each["at"]: each["samples"] for each in whole["series"]}
    assert whole["samples"] == sum(series.values()) == 3 * 2 * 150
    chosen = next(iter(series))
    one = version_drift(schema.version, at=at.fromisoformat(chosen))
    assert one is not None
    assert (one["at"], one["samples"]) == (chosen, series[chosen])
    assert one["devices"] == 3


def test_a_rate_is_of_one_device_in_an_hour() -> None:
    schema = registered("1.0")
    assert usual_rate(schema.version.model) == (None, 0)
    units = fleet(3)
    with clock.fixed(clock.now() - timedelta(seconds=2 * STEP)):
        everybody_reports(units, windows=1, samples=150)
    rollups_refresh()
    rate, past = usual_rate(schema.version.model)
    assert rate == 150 * 3600 / STEP
    assert past == 0
