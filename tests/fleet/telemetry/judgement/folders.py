"""Folders for the replay, made as its manual page says."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.fleet.telemetry.judgement.world import BINS, CLASSES, FEATURES, reference_counts

ACCURACY = {"total": [100] * 16, "correct": [6 * i + 5 for i in range(16)]}


def write(
    folder: Path,
    rows: Iterable[np.ndarray],
    *,
    updated: Any = None,
    labels: dict[str, dict[str, str]] | None = None,
    settings: dict[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """Write a whole folder; `changes` replace members of windows.npz."""
    counts = np.stack(list(rows)).astype(np.uint32)
    devices = counts.shape[1]
    members: dict[str, Any] = {
        "counts": counts,
        "present": np.ones(counts.shape[:2], bool),
        "seconds": 3600,
        "start": 0.0,
        "updated": np.full(devices, -1) if updated is None else updated,
    }
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "windows.npz", **(members | changes))
    features = [Feature(f"f{i}", "mean", tuple(range(BINS - 1))) for i in range(FEATURES)]
    classes = tuple(f"c{k}" for k in range(CLASSES))
    schema = TelemetrySchema("digits", "1.0", tuple(features), classes)
    reference = {"counts": reference_counts().tolist(), "calibration": ACCURACY}
    documents = {"schema": dump_schema(schema), "reference": reference}
    documents |= {"labels": labels or {}, "settings": settings or {}}
    for name, value in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder
