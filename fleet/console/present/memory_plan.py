"""From a build's report to the picture of its memory plan."""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from fleet.console.svg.memory import Box, memory_plan


def plan_picture(report: Mapping[str, Any]) -> SafeString | None:
    """Return the arena over time, or None for a report without tensors."""
    tensors = report.get("memory") or []
    if not tensors:
        return None
    # Inputs are there before the first step.
    begin = min(tensor["first"] for tensor in tensors)
    boxes = [_box(tensor, begin) for tensor in tensors]
    return memory_plan(boxes, (report.get("plan") or {}).get("peak_bytes", 0))


def _box(tensor: Mapping[str, Any], begin: int) -> Box:
    first, last = tensor["first"] - begin, tensor["last"] - begin
    # A fused tensor is called by all that was fused into it; the first name is enough here.
    name = str(tensor["name"]).partition(";")[0]
    return Box(name, tensor["offset"], tensor["size"], first, last)
