"""Changes of telemetry that other parts call."""

from django.db import IntegrityError, transaction

from builds import selectors as builds
from fleet.lib.errors import Conflict, Unprocessable
from fleet.telemetry.ingest.counts.layout import schema_of
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.models import ReferenceProfile, TelemetrySchema
from fleet.telemetry.monitor.assess import drift_assess, schema_assess
from fleet.telemetry.monitor.incidents import incident_acknowledge, incident_resolve
from registry.models import ModelVersion

__all__ = [
    "drift_assess",
    "incident_acknowledge",
    "incident_resolve",
    "report_ingest",
    "rollups_refresh",
    "schema_assess",
    "schema_register",
]


def schema_register(version: ModelVersion) -> TelemetrySchema:
    """Make the version's schema and reference known, so that its devices' first report is counted.

    May be repeated. Raises Unprocessable for a version that was not built, Conflict for a schema
    id in use.
    """
    model = builds.int8_model(version)
    if model is None:
        raise Unprocessable(f"{version} was not built yet, so it has no telemetry schema.")
    schema_id = schema_of(model.telemetry_schema).schema_id.hex()
    try:
        with transaction.atomic():
            return _create(version, schema_id, model.telemetry_schema, model.reference_counts)
    except IntegrityError as error:
        known = TelemetrySchema.objects.filter(schema_id=schema_id, version=version).first()
        if known is None:
            raise Conflict(f"The schema id {schema_id} belongs to another version.") from error
        return known


def _create(
    version: ModelVersion, schema_id: str, document: dict[str, object], counts: list[int]
) -> TelemetrySchema:
    expected = schema_of(document).layout.total
    if len(counts) != expected:
        raise Unprocessable(f"The reference has {len(counts)} counts, its schema {expected}.")
    schema = TelemetrySchema.objects.create(schema_id=schema_id, version=version, document=document)
    ReferenceProfile.objects.create(schema=schema, counts=counts)
    return schema
