"""Schemas, ledgers, reports, rollups, incidents and true labels."""

from fleet.telemetry.models.capture import (
    CaptureBatch,
    CaptureKey,
    CapturePart,
    CaptureRequest,
)
from fleet.telemetry.models.incident import Incident, Suspicion
from fleet.telemetry.models.labelled import LabelledCount, LabelledItem
from fleet.telemetry.models.ledger import Ledger
from fleet.telemetry.models.refusal import Refusal
from fleet.telemetry.models.report import Report
from fleet.telemetry.models.rollup import Rollup
from fleet.telemetry.models.schema import ReferenceProfile, TelemetrySchema

__all__ = [
    "CaptureBatch",
    "CaptureKey",
    "CapturePart",
    "CaptureRequest",
    "Incident",
    "LabelledCount",
    "LabelledItem",
    "Ledger",
    "ReferenceProfile",
    "Refusal",
    "Report",
    "Rollup",
    "Suspicion",
    "TelemetrySchema",
]
