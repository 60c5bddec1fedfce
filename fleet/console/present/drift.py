"""From the numbers of a drift chart to its pictures."""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from fleet.console.svg.bars import share_bars
from fleet.console.svg.curve import curve
from fleet.console.svg.heat import heat_map
from fleet.telemetry.monitor.thresholds import limits


def drawn(chart: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a chart's figures with their pictures, or None where there is nothing yet."""
    if chart is None:
        return None
    named = [one for one in (chart["prediction"], chart["confidence"]) if one]
    parts = [*named, *chart["features"]]
    return {
        "chart": chart,
        "parts": [(part, _bars(part), _psi(chart, part)) for part in parts],
        "heat": _heat(chart, [part["name"] for part in parts]),
    }


def _bars(part: Mapping[str, Any]) -> SafeString:
    return share_bars(part["name"], part["bins"], part["reference"], part["live"])


def _psi(chart: Mapping[str, Any], part: Mapping[str, Any]) -> SafeString | None:
    name = part["name"]
    points = [
        (clock_time(point["at"]), point["psi"][name])
        for point in chart.get("series", [])
        if name in point["psi"]
    ]
    if not points:
        return None
    return curve(f"PSI of {name} over time", points, limit=limits().psi_warning)


def _heat(chart: Mapping[str, Any], names: list[str]) -> SafeString | None:
    series = [point for point in chart.get("series", []) if point["psi"]]
    if not series:
        return None
    times = [clock_time(point["at"]) for point in series]
    rows = [(name, [point["psi"].get(name) for point in series]) for name in names]
    bounds = limits()
    return heat_map(
        "PSI of each distribution over time",
        times,
        rows,
        warning=bounds.psi_warning,
        critical=bounds.psi_critical,
    )


def clock_time(at: str) -> str:
    """Return the time of day of an ISO date."""
    return at[11:19]
