"""The demonstration's rollouts, small: invented answers in place of trained models, the same gates.

`make demo-seeds` does it with trained ones, twenty times.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.fleet.demo.rehearsal import AGAIN, EXPECTED, GOOD, Rehearsal

pytestmark = pytest.mark.django_db
CLASSES: Final = tuple("0123")
IMAGES: Final = 400
SEED: Final = 3
# Of each version: how sure it is (16 bins), and how often it is right, sure or not.
SURE: Final = {GOOD: 14.0, "1.1": 12.5}


def write(folder: Path, label: str, chance: np.random.Generator) -> None:
    """Write what a version answers to each image, as `trained_releases` does."""
    schema = TelemetrySchema("digits", label, (Feature("mean", "mean", (-20, 0, 20)),), CLASSES)
    layout = schema.layout
    true = chance.integers(4, size=IMAGES)
    sure = np.clip(np.rint(chance.normal(SURE[label], 2.0, IMAGES)), 0, 15).astype(int)
    right = chance.random(IMAGES) < (sure + 0.5) / 16
    predicted = np.where(right, true, (true + 1) % 4)
    bins = np.searchsorted((-20, 0, 20), chance.normal(0, 20, IMAGES), side="right")
    slots = np.stack(
        [layout.feature(0).start + bins, layout.confidences.start + predicted * 16 + sure], axis=1
    )
    np.savez(
        folder / f"{label}.npz",
        document=json.dumps(dump_schema(schema)),
        counts=np.bincount(slots.ravel(), minlength=layout.total),
        slots=slots,
        total=np.bincount(sure, minlength=16),
        correct=np.bincount(sure[right], minlength=16),
        confusion=np.bincount(predicted * 4 + true, minlength=16),
    )


def test_each_release_ends_as_it_should(tmp_path: Path, settings: Any) -> None:
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    chance = np.random.default_rng(SEED)
    for label in SURE:
        write(tmp_path, label, chance)
    began = datetime(2026, 11, 30, 8, tzinfo=UTC)
    first, worse, again = Rehearsal(tmp_path, SEED, began).tell((*SURE, AGAIN))
    assert [each.state for each in (first, worse, again)] == [
        EXPECTED[GOOD],
        EXPECTED["1.1"],
        EXPECTED[AGAIN],
    ]
    assert worse.why.startswith("wave 1: gate telemetry failed: ")
