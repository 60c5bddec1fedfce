"""What a device measures of itself, in words and in units that people use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from device_agent.protocol.frame import GaugeKind
from fleet.telemetry.monitor import charts


@dataclass(frozen=True)
class GaugeWords:
    """A gauge's title, the unit it is shown in, and how many of its own units make one of that."""

    title: str
    unit: str
    parts: int = 1


WORDS: Final[Mapping[GaugeKind, GaugeWords]] = {
    GaugeKind.STACK_BYTES: GaugeWords("deepest stack", "bytes"),
    GaugeKind.BATTERY_MILLIVOLTS: GaugeWords("battery", "V", 1000),
    GaugeKind.TEMPERATURE_DECIDEGREES: GaugeWords("temperature", "°C", 10),
    GaugeKind.MEMORY_KIB: GaugeWords("memory of the process", "MiB", 1024),
}
_BY_NAME: Final = {kind.name.lower(): words for kind, words in WORDS.items()}


def measured(summary: charts.Chart | None) -> dict[str, str]:
    """Return what a device measured of itself in its last window: values by title."""
    gauges = (summary or {}).get("gauges", {})
    return dict(gauge_words(name, low, high) for name, (low, high) in gauges.items())


def gauge_words(name: str, low: int, high: int) -> tuple[str, str]:
    """Title and value of one gauge; one that nobody knows keeps its name and its number."""
    words = _BY_NAME.get(name, GaugeWords(name, ""))
    least, most = (_number(value, words.parts) for value in (low, high))
    value = least if low == high else f"{least} to {most}"
    return words.title, f"{value} {words.unit}".strip()


def _number(value: int, parts: int) -> str:
    return f"{value:,}" if parts == 1 else f"{value / parts:,.{1 if parts == 10 else 2}f}"
