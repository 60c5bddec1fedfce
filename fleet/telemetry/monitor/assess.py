"""The shell of drift detection: loads counts and references, lets `drift` decide, keeps incidents.

Guarantees: rollups are refreshed first, so that what is judged is what arrived; one schema's
failure to be judged never keeps the others from it.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings

from fleet.lib import clock
from fleet.telemetry import selectors
from fleet.telemetry.drift import causes
from fleet.telemetry.drift.causes import Assessment, Fleet
from fleet.telemetry.drift.defaults import commissioning
from fleet.telemetry.drift.enrichment import Enrichment, enrich
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.ingest.counts import layout as counts
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.ingest.counts.units import bounded_units
from fleet.telemetry.models import TelemetrySchema
from fleet.telemetry.monitor.incidents import incidents_apply, incidents_settle
from fleet.telemetry.monitor.silence import silences_assess
from fleet.telemetry.monitor.thresholds import limits
from fleet.telemetry.monitor.watching import watched

ENRICHMENT_ROWS: Final = 5  # label values named in an incident's evidence


def drift_assess() -> int:
    """Judge every version whose devices reported in the window, and who is silent; return how many
    versions there were.
    """
    rollups_refresh()
    window = timedelta(seconds=settings.EDGEFLEET_DRIFT_WINDOW_SECONDS)
    since = bucket(clock.now() - window, settings.EDGEFLEET_ROLLUP_SECONDS)
    schemas = list(selectors.schemas_with_news(since))
    for schema in schemas:
        schema_assess(schema)
    incidents_settle(now=clock.now())
    silences_assess(now=clock.now())
    return len(schemas)


def schema_assess(schema: TelemetrySchema) -> Assessment:
    """Judge one schema's devices now, and open, refresh or resolve its incidents."""
    fleet = fleet_of(schema)
    found = causes.assess(fleet)
    rows = label_rows(fleet, found)
    incidents_apply(schema.version, found, rows, now=clock.now(), shifts=fleet.shifts)
    return found


def fleet_of(schema: TelemetrySchema) -> Fleet:
    """Return what the statistics need to know of the trailing window."""
    now, bounds = clock.now(), limits()
    window = timedelta(seconds=settings.EDGEFLEET_DRIFT_WINDOW_SECONDS)
    since = bucket(now - window, settings.EDGEFLEET_ROLLUP_SECONDS)
    parsed = counts.schema_of(schema.document)
    devices = selectors.device_counts(schema, since)
    units = bounded_units(parsed, devices, ratio=bounds.contribution_ratio)
    labels = selectors.device_labels(units.keys())
    reference = counts.reference(parsed, schema.reference.counts)
    seen = watched(schema, labels, bounds)
    if list(seen.doubts) != schema.doubts:
        schema.doubts = list(seen.doubts)
        schema.save(update_fields=["doubts"])
    return Fleet(
        units, labels, reference, commissioning(bounds), seen.devices, seen.labels, seen.shifts
    )


def label_rows(fleet: Fleet, found: Assessment) -> list[Enrichment]:
    """Return which label values the drifted devices share, the strongest first."""
    labels = {name: fleet.labels.get(name, {}) for name in fleet.units}
    return enrich(labels, found.drifted_devices)[:ENRICHMENT_ROWS]
