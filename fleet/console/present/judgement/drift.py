"""From the numbers of a drift chart to its pictures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from fleet.console.svg.bars import share_bars
from fleet.console.svg.curve import curve
from fleet.console.svg.heat import heat_map
from fleet.telemetry.monitor.thresholds import limits

DAY_SECONDS: Final = 86_400


def drawn(chart: Mapping[str, Any] | None, page: str = "") -> dict[str, Any] | None:
    """Return a chart's figures with their pictures, or None where there is nothing yet.

    `page` is the address where the cells of the heat map lead: the bars of that time.
    """
    if chart is None:
        return None
    named = [one for one in (chart["prediction"], chart["confidence"]) if one]
    parts = [*named, *chart["features"]]
    return {
        "chart": chart,
        "parts": [(part, _bars(part), _psi(chart, part), anchor(part["name"])) for part in parts],
        "heat": _heat(chart, [part["name"] for part in parts], page),
        "times": [point["at"] for point in chart.get("series", []) if point["psi"]],
    }


def anchor(name: str) -> str:
    """Return the place of a distribution's card on its page."""
    return "part-" + "".join(each if each.isalnum() else "-" for each in name)


def _bars(part: Mapping[str, Any]) -> SafeString:
    before = part.get("before", ())
    return share_bars(part["name"], part["bins"], part["reference"], part["live"], before)


def _psi(chart: Mapping[str, Any], part: Mapping[str, Any]) -> SafeString | None:
    name = part["name"]
    series = [point for point in chart.get("series", []) if name in point["psi"]]
    if not series:
        return None
    times = _times(series)
    points = [(time, point["psi"][name]) for time, point in zip(times, series, strict=True)]
    title, onset = f"PSI of {name} over time", _onset(chart, series)
    return curve(title, points, limit=limits().psi_warning, onset=onset)


def _heat(chart: Mapping[str, Any], names: list[str], page: str) -> SafeString | None:
    series = [point for point in chart.get("series", []) if point["psi"]]
    if not series:
        return None
    rows = [(name, [point["psi"].get(name) for point in series]) for name in names]
    bounds = limits()
    return heat_map(
        "PSI of each distribution over time",
        _times(series),
        rows,
        warning=bounds.psi_warning,
        critical=bounds.psi_critical,
        samples=[point["samples"] for point in series],
        onset=_onset(chart, series),
        links=[f"{page}#{anchor(name)}" for name in names],
        columns=[f"{page}?{urlencode({'at': point['at']})}" for point in series] if page else [],
    )


def _onset(chart: Mapping[str, Any], series: Sequence[Mapping[str, Any]]) -> int | None:
    """Return which point is the first since the onset, where the chart has one."""
    onset = chart.get("onset")
    later = [at for at, point in enumerate(series) if onset and point["at"] >= onset]
    return later[0] if later else None


def _times(series: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return times of day, with their dates where a series is longer than a day."""
    ends = [datetime.fromisoformat(point["at"]) for point in (series[0], series[-1])]
    if (ends[1] - ends[0]).total_seconds() <= DAY_SECONDS:
        return [clock_time(point["at"]) for point in series]
    return [f"{datetime.fromisoformat(point['at']):%d %b %H:%M}" for point in series]


def clock_time(at: str) -> str:
    """Return the time of day of an ISO date."""
    return at[11:19]
