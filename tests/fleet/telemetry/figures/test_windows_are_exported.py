"""Windows leave as Parquet with their schema, in bounded files, and only where it is installed."""

import hashlib
import io
import json
import sys
from typing import Any

import pytest

from fleet.telemetry.figures import parquet
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import Report
from tests import personas
from tests.fleet.telemetry.world import everybody_reports, fleet, registered

pytestmark = pytest.mark.django_db


def answer(version: Any, **query: Any) -> Any:
    address = f"/api/v1/telemetry/versions/{version.public_id}/windows/"
    return personas.client("viewer").get(address, query)


def test_each_window_is_a_row_with_its_counts_and_the_schema_beside() -> None:
    tables = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    schema = registered("1.0")
    everybody_reports(fleet(3))
    found = answer(schema.version)
    body = b"".join(found.streaming_content)
    table = tables.read_table(io.BytesIO(body))
    assert found.headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    assert table.num_rows == Report.objects.count() == 6
    first = Report.objects.order_by("closed_at", "pk")[0]
    row = table.to_pylist()[0]
    assert row["counts"] == unpacked(schema, first.counts).tolist()
    assert (row["device"], row["seq"]) == (first.device.public_id, first.seq)
    told = table.schema.metadata
    assert json.loads(told[b"edgefleet.schema"]) == schema.document
    assert json.loads(told[b"edgefleet.reference"]) == schema.reference.counts


def test_a_span_without_windows_is_an_empty_table() -> None:
    tables = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    body = b"".join(answer(registered("1.0").version, hours=1).streaming_content)
    assert tables.read_table(io.BytesIO(body)).num_rows == 0


def test_too_many_windows_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    monkeypatch.setattr(parquet, "WINDOWS_MAX", 5)
    schema = registered("1.0")
    everybody_reports(fleet(3))
    found = answer(schema.version)
    assert found.status_code == 422
    assert "ask for a shorter span" in found.json()["detail"]


def test_without_the_extra_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = answer(registered("1.0").version)
    assert found.status_code == 422
    assert found.json()["code"] == "extra_missing"
    assert "edgefleet[parquet]" in found.json()["detail"]
