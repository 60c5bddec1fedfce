"""What was found, at the level that explains it, from when to when. Plain values.

Incidents that people handle are rows: `fleet/telemetry/monitor/incidents.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Found:
    """`level` is device, label or fleet; `opened` and `closed` are step indices."""

    level: str
    cause: str
    devices: tuple[int, ...]
    opened: int
    closed: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class DeviceAlarm:
    """One device left its own past: the channel that shows it most, its size with an interval."""

    device: int
    channel: str
    opened: int
    effect: float
    low: float
    high: float
    closed: int | None = None
    explained_by: str | None = None

    def evidence(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "channel": self.channel,
            "effect_sd": round(self.effect, 3),
            "interval_sd": [round(self.low, 3), round(self.high, 3)],
        }
