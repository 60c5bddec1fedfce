"""Schemas, ledgers, reports, rollups, incidents, rules, true labels, captures, and what is sent."""

from fleet.telemetry.models.capture import (
    CaptureBatch,
    CaptureKey,
    CapturePart,
    CaptureRequest,
)
from fleet.telemetry.models.incident import Incident, IncidentNote, Suspicion
from fleet.telemetry.models.labelled import LabelledCount, LabelledItem
from fleet.telemetry.models.ledger import Ledger
from fleet.telemetry.models.notification import (
    ADDRESS_MAX,
    DESTINATION_NAME_MAX,
    Delivery,
    Destination,
)
from fleet.telemetry.models.refusal import Refusal
from fleet.telemetry.models.report import Report
from fleet.telemetry.models.rollup import Rollup
from fleet.telemetry.models.rule import (
    RULE_NAME_MAX,
    ActionRun,
    AlertMemory,
    AlertRule,
    BacktestRun,
)
from fleet.telemetry.models.schema import ReferenceProfile, TelemetrySchema

__all__ = [
    "ADDRESS_MAX",
    "DESTINATION_NAME_MAX",
    "RULE_NAME_MAX",
    "ActionRun",
    "AlertMemory",
    "AlertRule",
    "BacktestRun",
    "CaptureBatch",
    "CaptureKey",
    "CapturePart",
    "CaptureRequest",
    "Delivery",
    "Destination",
    "Incident",
    "IncidentNote",
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
