"""Accuracy without labels, from the calibration that a version's build stored.

Wherever it is shown, CAVEAT stands beside it: it cannot see a changed meaning of the labels.
"""

from typing import Any

import numpy as np

from builds import selectors as builds
from device_agent.protocol.schema import TelemetrySchema as Parsed
from fleet.telemetry.ingest.counts.layout import Whole
from fleet.telemetry.judgement.calibration import CAVEAT, estimate
from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.monitor.history import columns, without_features
from registry.models import ModelVersion

DEPENDENT = 4.0  # correlated inferences that count for one, as in `commissioning`


def calibration(version: ModelVersion) -> tuple[Reals, Reals] | None:
    """Return predictions and right ones by confidence bin, or None where none were stored."""
    model = builds.int8_model(version)
    stored = model.confidence_calibration if model else {}
    total, correct = stored.get("total"), stored.get("correct")
    if not total or not correct or len(total) != len(correct) or not any(total):
        return None
    return np.asarray(total, np.float64), np.asarray(correct, np.float64)


def estimated(version: ModelVersion, parsed: Parsed, row: Whole) -> dict[str, Any] | None:
    """Return the estimated accuracy of some counts with its 95 % interval, as plain JSON."""
    known = calibration(version)
    if known is None or not parsed.classes:
        return None
    shared = columns(parsed, features=False)
    table = shared.table(without_features(parsed, row).astype(np.float64))
    found = estimate(table, *known, DEPENDENT)
    if not found.samples:
        return None
    return {
        "accuracy": round(found.accuracy, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "samples": int(found.samples),
        "caveat": CAVEAT,
    }
