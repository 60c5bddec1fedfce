"""From a build's report to the picture of its memory plan."""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from fleet.console.svg.memory import Box, memory_plan


def plan_picture(report: Mapping[str, Any]) -> SafeString | None:
    """Return the arena over time, or None for a report without tensors."""
    plan = report.get("plan") or {}
    boxes = [
        Box(tensor["name"], tensor["offset"], tensor["size"], tensor["first"], tensor["last"])
        for tensor in plan.get("tensors", [])
    ]
    return memory_plan(boxes, plan.get("peak_bytes", 0)) if boxes else None
