"""Findings as plain JSON, for incidents, gates and the REST API. Pure."""

from math import isfinite
from typing import Any

from fleet.lib.verdict import Verdict
from fleet.telemetry.drift.causes import Assessment, Cause
from fleet.telemetry.drift.defaults import Thresholds
from fleet.telemetry.drift.enrichment import Enrichment
from fleet.telemetry.drift.judge import Finding, Judged
from fleet.telemetry.drift.verdict import Control, Evidence
from fleet.telemetry.drift.wilson import wilson
from fleet.telemetry.judgement.calibration import CAVEAT
from fleet.telemetry.judgement.guard import Look, Reading

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
            "pass_width": _finite(each.to_pass),
            "margin": each.metric.margin,
            "caveat": CAVEAT if each.metric.name == "estimated accuracy" else "",
        }
        for each in look.readings
    ]


def measured_json(evidence: Evidence, limits: Thresholds) -> list[dict[str, Any]]:
    """Return what a look found of each metric: estimate, intervals, margin, verdict, why."""
    found = [_failed_inferences(evidence, limits)] if evidence.samples + evidence.errors else []
    return found + [_reading(each) for each in (evidence.look.readings if evidence.look else ())]


def _failed_inferences(evidence: Evidence, limits: Thresholds) -> dict[str, Any]:
    trials = evidence.samples + evidence.errors
    low, high = wilson(evidence.errors, trials)
    state = Verdict.FAIL if low > limits.errors_share else Verdict.INCONCLUSIVE
    state = Verdict.PASS if high < limits.errors_share else state
    words = f"{evidence.errors:.0f} of {trials:.0f} inferences failed"
    few = "inconclusive, because the interval of their share holds the limit: "
    return {
        "metric": "failed inferences",
        "estimate": evidence.errors / trials,
        "low": low,
        "high": high,
        "pass_low": low,
        "pass_high": high,
        "margin": limits.errors_share,
        "harm": 1,
        "verdict": str(state),
        "sentence": f"{few if state is Verdict.INCONCLUSIVE else ''}{words}",
    }


def _reading(each: Reading) -> dict[str, Any]:
    wide, narrow = each.to_fail + each.liar, each.to_pass + each.liar
    state = Verdict.PASS if each.passes else Verdict.INCONCLUSIVE
    return {
        "metric": each.metric.name,
        "estimate": round(each.change, 6),
        "low": _finite(each.change - wide),
        "high": _finite(each.change + wide),
        "pass_low": _finite(each.change - narrow),
        "pass_high": _finite(each.change + narrow),
        "margin": each.metric.margin,
        "harm": each.metric.harm,
        "verdict": str(Verdict.FAIL if each.fails else state),
        "sentence": _why(each, narrow),
    }


def _why(each: Reading, narrow: float) -> str:
    changed = f"changed by {each.change:+.3f}"
    if each.fails:
        return f"{changed}, and {each.metric.margin:.3f} is the margin"
    if each.passes:
        return f"{changed}, within the margin of {each.metric.margin:.3f}"
    if each.apart:
        return f"inconclusive, because updated devices disagree: {each.apart}"
    if not isfinite(narrow):
        return "inconclusive, because nothing was counted yet that could be compared"
    known = f"it {changed}, known to ±{narrow:.3f} only"
    return f"inconclusive, because {known}, and {each.metric.margin:.3f} is the margin"


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
