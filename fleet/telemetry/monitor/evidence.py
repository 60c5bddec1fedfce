"""Findings as plain JSON, for incidents, gates and the REST API. Pure."""

from math import isfinite
from typing import Any

from fleet.telemetry.drift.causes import Assessment, Cause
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.drift.enrichment import Enrichment
from fleet.telemetry.drift.judge import Finding, Judged
from fleet.telemetry.drift.verdict import Control
from fleet.telemetry.judgement.calibration import CAVEAT
from fleet.telemetry.judgement.guard import Look

DEVICES_MAX = 200  # devices named in an incident; the count is always whole


def judged_json(judged: Judged) -> list[dict[str, Any]]:
    """Return all findings of a unit, the largest effect first."""
    ordered = sorted(judged.findings, key=lambda each: -each.comparison.psi.debiased)
    return [_finding(each) for each in ordered]


def cause_json(cause: Cause, assessment: Assessment, rows: list[Enrichment]) -> dict[str, Any]:
    """Return everything that speaks for a cause."""
    return {
        "samples": round(cause.judged.samples),
        "p": cause.judged.p,
        "psi": round(cause.judged.effect, 4),
        "findings": judged_json(cause.judged),
        "says": cause.says,
        "devices": list(cause.devices[:DEVICES_MAX]),
        "device_count": len(cause.devices),
        "judged_devices": assessment.judged_devices,
        "drifted_devices": len(assessment.drifted_devices),
        "enrichment": [_enrichment(row) for row in rows],
    }


def control_json(control: Control | None) -> dict[str, Any] | None:
    """Return the comparison with devices that run another version."""
    if control is None:
        return None
    change = control.confidence
    return {
        "version": control.name,
        "samples": round(control.samples),
        "devices": control.devices,
        "prediction": _finding(control.prediction) if control.prediction else None,
        "confidence": [round(change.reference, 4), round(change.current, 4)] if change else None,
    }


def look_json(look: Look | None) -> list[dict[str, Any]] | None:
    """Return each metric beside devices that are not updated, in natural units."""
    if look is None:
        return None
    return [
        {
            "metric": each.metric.name,
            "change": round(float(each.change), 5),
            "half_width": _finite(each.to_fail),
            "liar": _finite(each.liar),
            "margin": each.metric.margin,
            "caveat": CAVEAT if each.metric.name == "estimated accuracy" else "",
        }
        for each in look.readings
    ]


def _finite(value: float) -> float | None:
    return round(float(value), 5) if isfinite(value) else None


def summary(cause: Cause) -> str:
    """Return one sentence for lists and alerts."""
    who = f"{len(cause.devices)} devices" if len(cause.devices) != 1 else "1 device"
    if cause.says:
        return f"{cause.says}, on {who}, {cause.judged.samples:.0f} samples"
    strongest = cause.judged.drifted[0].comparison
    others = len(cause.judged.drifted) - 1
    more = f" and {others} more" if others else ""
    return (
        f"{strongest.name}{more} left the reference on {who}, "
        f"PSI {strongest.psi.debiased:.2f}, {cause.judged.samples:.0f} samples"
    )


def is_critical(cause: Cause, limits: Thresholds) -> bool:
    """Tell whether the effect is large, not only moderate."""
    return cause.judged.effect >= limits.psi_critical


def _finding(finding: Finding) -> dict[str, Any]:
    each = finding.comparison
    return {
        "name": each.name,
        "drifted": finding.drifted,
        "psi": round(each.psi.debiased, 4),
        "psi_low": round(each.psi.low, 4),
        "psi_high": round(each.psi.high, 4),
        "p": each.p,
        "p_adjusted": finding.p_adjusted,
        "js": round(each.js, 4),
        "bins": each.bins,
        "samples": round(each.samples),
    }


def _enrichment(row: Enrichment) -> dict[str, Any]:
    return {
        "label": row.label,
        "drifted": row.drifted,
        "members": row.members,
        "drifted_elsewhere": row.drifted_elsewhere,
        "others": row.others,
        "p": row.p,
        "p_adjusted": row.p_adjusted,
    }
