"""Rollups equal the sum of the reports, whatever came late or twice."""

from datetime import timedelta

import pytest

from device_agent.protocol.frame import Gauge, GaugeKind
from fleet.lib import clock
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts import retention
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import Report, Rollup
from tests.fleet.telemetry.world import later, registered, schema, unit

pytestmark = pytest.mark.django_db
LENGTH = schema().layout.total


def total(level: str) -> list[int]:
    rows = Rollup.objects.filter(level=level)
    return list(map(int, counts.total((counts.load(row.counts) for row in rows), LENGTH)))


def raw_total() -> list[int]:
    rows = Report.objects.select_related("schema")
    whole = counts.total((unpacked(row.schema, row.counts) for row in rows), LENGTH)
    return list(map(int, whole))


def test_device_and_version_rollups_equal_the_reports() -> None:
    registered()
    for seed, name in enumerate(("a", "b")):
        cam = unit(name, seed)
        cam.report()
        cam.report()
    assert rollups_refresh() == 4
    assert total("device") == total("version") == raw_total()
    assert Rollup.objects.get(level="version").samples == 600


def test_a_bucket_has_the_most_memory_that_its_device_told() -> None:
    registered()
    told, silent = unit("a", 1), unit("b", 2)
    for most in (900, 700):
        told.report(gauges=(Gauge(GaugeKind.MEMORY_KIB, 500, most),))
    silent.report()
    rollups_refresh()
    rows = Rollup.objects.exclude(key=silent.row.public_id)
    assert dict(rows.values_list("level", "memory_kib")) == {"device": 900, "version": None}
    assert Rollup.objects.get(key=silent.row.public_id).memory_kib is None


def test_a_second_run_changes_nothing() -> None:
    registered()
    unit().report()
    rollups_refresh()
    before = list(Rollup.objects.values("key", "samples", "computed_at"))
    assert rollups_refresh() == 0
    assert list(Rollup.objects.values("key", "samples", "computed_at")) == before


def test_a_late_window_changes_its_old_bucket() -> None:
    registered()
    cam = unit()
    cam.report()
    rollups_refresh()
    with clock.fixed(later(7200)):
        cam.report(t_open_s=0, duration_s=1)
        rollups_refresh()
    assert total("version") == raw_total()


def test_old_reports_go_and_their_rollups_stay() -> None:
    registered()
    unit().report()
    with clock.fixed(clock.now() + timedelta(days=31)):
        assert retention.reports_purge() == 0, "a report that is in no rollup yet must stay"
        rollups_refresh()
        assert retention.reports_purge() == 1
    assert Rollup.objects.count() == 2
