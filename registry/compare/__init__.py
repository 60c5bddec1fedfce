"""What changed from one version to another. Pure: plain values in, plain values out.

Every part lists only what differs, so that an empty answer means equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is compared of a version."""

    sha256: str
    size_bytes: int
    format: str
    io_schema: Mapping[str, Any]
    ops: Mapping[str, int]
    metrics: Mapping[str, Any]
    lineage: Mapping[str, Any]
    class_names: tuple[str, ...]
    datasets: Mapping[str, str]
    evaluations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def compare(before: Facts, after: Facts) -> dict[str, Any]:
    """The differences, part by part."""
    engines = sorted({*before.evaluations, *after.evaluations})
    return {
        "same_file": before.sha256 == after.sha256,
        "size_bytes": change(before.size_bytes, after.size_bytes),
        "format": None if before.format == after.format else change(before.format, after.format),
        "io": differences(tensors(before.io_schema), tensors(after.io_schema)),
        "ops": differences(before.ops, after.ops),
        "metrics": differences(before.metrics, after.metrics),
        "evaluations": {
            engine: different
            for engine in engines
            if (different := differences(
                before.evaluations.get(engine, {}), after.evaluations.get(engine, {})
            ))
        },
        "lineage": differences(before.lineage, after.lineage),
        "datasets": differences(before.datasets, after.datasets),
        "class_names": {
            "added": sorted(set(after.class_names) - set(before.class_names)),
            "removed": sorted(set(before.class_names) - set(after.class_names)),
            "reordered": before.class_names != after.class_names
            and sorted(before.class_names) == sorted(after.class_names),
        },
    }  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Per key that differs: its two values, and the step where both are numbers."""
    keys = sorted({*before, *after})
    return {
        key: change(before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    }


def change(before: Any, after: Any) -> dict[str, Any]:
    """Two values, and the step between numbers."""
    step = after - before if _number(before) and _number(after) else None
    return {"from": before, "to": after, "step": step}


def tensors(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs and outputs by place: names of tensors change with every training run and mean
    nothing.
    """
    found: dict[str, Any] = {}
    for side in ("inputs", "outputs"):
        for index, tensor in enumerate(schema.get(side, ())):
            found[f"{side}[{index}]"] = {k: v for k, v in tensor.items() if k != "name"}
    return found


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
