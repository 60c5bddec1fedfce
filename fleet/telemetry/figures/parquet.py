"""A version's windows as a Parquet file, for those who want statistics of their own.

One row for each window; `counts` holds the integers in the order of the schema, whose document and
reference counts are in the file's metadata. Needs the extra `parquet`.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db.models import QuerySet

from fleet.lib.errors import NotFound, Unprocessable
from fleet.telemetry import selectors
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import Report, TelemetrySchema
from registry.models import ModelVersion

WINDOWS_MAX: Final = 200_000  # of one file; a shorter span holds fewer
GROUP_ROWS: Final = 10_000  # windows in memory at once
CONTENT_TYPE: Final = "application/vnd.apache.parquet"
ABSENT: Final = (
    "This installation cannot write Parquet: install the extra with pip install edgefleet[parquet]."
)
FIELDS: Final = ("boot_id", "seq", "opened_at", "closed_at", "error_seconds", "samples", "flags")


def windows_parquet(version: ModelVersion, since: datetime, until: datetime, path: Path) -> int:
    """Write the windows that closed in [since, until) to `path`; return how many there were.

    Raises Unprocessable without the extra or with too many windows, NotFound without a schema.
    """
    schema = selectors.schema_latest(version)
    if schema is None:
        raise NotFound("This version has no telemetry schema: its release is not published.")
    arrow, parquet = _library()
    rows = Report.objects.filter(schema=schema, closed_at__gte=since, closed_at__lt=until)
    count = rows.count()
    if count > WINDOWS_MAX:
        much = f"{count:,} windows are more than the {WINDOWS_MAX:,} of one file"
        raise Unprocessable(f"{much}: ask for a shorter span.")
    form = _form(arrow, schema)
    with parquet.ParquetWriter(path, form, compression="zstd") as writer:
        for group in _groups(schema, rows):
            writer.write_table(arrow.Table.from_pylist(group, schema=form))
    return count


def _library() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise Unprocessable(ABSENT, code="extra_missing") from error


def _form(arrow: Any, schema: TelemetrySchema) -> Any:
    moment = arrow.timestamp("us", tz="UTC")
    kinds = (arrow.int64(), arrow.int64(), moment, moment, arrow.int32(), arrow.int32())
    columns = [
        ("device", arrow.string()),
        *zip(FIELDS, (*kinds, arrow.int16()), strict=True),
        ("counts", arrow.list_(arrow.uint32())),
    ]
    told = {
        "edgefleet.schema_id": schema.schema_id,
        "edgefleet.schema": json.dumps(schema.document),
        "edgefleet.reference": json.dumps(schema.reference.counts),
    }
    return arrow.schema(columns, metadata=told)


def _groups(schema: TelemetrySchema, rows: QuerySet[Report]) -> Iterator[list[dict[str, Any]]]:
    ordered = rows.order_by("closed_at", "pk").values_list("device__public_id", "counts", *FIELDS)
    found = ordered.iterator(chunk_size=GROUP_ROWS)
    while group := list(islice(found, GROUP_ROWS)):
        yield [
            {"device": device, "counts": unpacked(schema, blob).tolist()}
            | dict(zip(FIELDS, rest, strict=True))
            for device, blob, *rest in group
        ]
