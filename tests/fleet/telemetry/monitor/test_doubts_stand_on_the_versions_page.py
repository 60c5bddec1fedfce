"""What cannot be told of a fleet is said where its version is looked at, and taken back again."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from fleet.lib import clock
from fleet.telemetry.choices import RollupLevel
from fleet.telemetry.figures.readiness import version_needs
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.models import Rollup, TelemetrySchema
from fleet.telemetry.monitor import watching
from fleet.telemetry.monitor.assess import fleet_of
from tests.fleet.telemetry.world import counts as counted
from tests.fleet.telemetry.world import registered, unit

pytestmark = pytest.mark.django_db
HOURS, DEVICES = 172, 8


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    """A process keeps what it judged last of a schema; the next test's has the same number."""
    watching._last.clear()
    yield
    watching._last.clear()


def stored(wander: float) -> TelemetrySchema:
    """Sums by the hour of a week; each device moves each day by `wander` standard deviations."""
    made = registered()
    end = bucket(clock.now(), 3600)
    rows = []
    for number in range(DEVICES):
        random = np.random.default_rng(number)
        key = unit(f"cam-{number}", number).row.public_id
        days = random.normal(0, 40 * wander, HOURS // 24 + 1)
        for hour in range(HOURS):
            row = np.asarray(counted(random, 60, shift=days[hour // 24]), np.uint64)
            at = end - timedelta(hours=HOURS - hour)
            fields = {"schema": made, "samples": 60, "reports": 1, "bucket_at": at}
            text = counts.dump(row)
            rows.append(Rollup(level=RollupLevel.DEVICE, key=key, counts=text, **fields))
            if number == 0:
                version = made.version.public_id
                rows.append(Rollup(level=RollupLevel.VERSION, key=version, counts=text, **fields))
    Rollup.objects.bulk_create(rows)
    return made


def test_devices_that_wander_hide_small_changes_and_the_page_says_so() -> None:
    schema = stored(0.5)
    fleet_of(schema)
    schema.refresh_from_db()
    (said,) = version_needs(schema.version)
    assert said.startswith("A change of one device is inconclusive below ")
    assert said.endswith("from day to day.")


def test_a_doubt_that_is_over_is_taken_back() -> None:
    schema = stored(0.0)
    schema.doubts = ["an old doubt"]
    schema.save()
    fleet_of(schema)
    schema.refresh_from_db()
    assert schema.doubts == []
    assert version_needs(schema.version) == []
