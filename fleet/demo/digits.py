"""The data: handwritten digits that scikit-learn ships, split once and for all, with a fixed seed.

Two pipelines prepare the same images. `camera` is what the devices deliver: pixels from 0 to 1.
`centred` is a training pipeline gone wrong: pixels from -1 to 1. A model trained and evaluated on
it looks fine until it meets a camera.

Two versions are worse than the first, in the two ways that happen. 1.1 was trained on the first
hundred images alone: it sees what 1.0 sees, is nearly as sure of itself, and is wrong more often.
1.2 was trained by the pipeline gone wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]  # N x 8 x 8 x 1
Labels = NDArray[np.int64]  # N

SEED: Final = 20
KINDS: Final = ("calibration", "evaluation", "reference")
TRAIN: Final = 700  # images; the first ones calibrate, too
CALIBRATION: Final = 100
EVALUATION: Final = 250
REFERENCE: Final = 550  # of the images that nobody trains on: what the cameras see
PIXEL_MAX: Final = 16.0  # scikit-learn's digits hold 0 to 16


@dataclass(frozen=True)
class Training:
    """What a version was trained on: a pipeline, how many of its images, and how often."""

    pipeline: str
    images: int
    epochs: int


VERSIONS: Final = {
    "1.0": Training("camera", TRAIN, 14),
    "1.1": Training("camera", 100, 60),
    "1.2": Training("centred", TRAIN, 14),
}
PIPELINES: Final[dict[str, Callable[[Images], Images]]] = {
    "camera": lambda pixels: pixels,
    "centred": lambda pixels: pixels * 2 - 1,
}


def load(seed: int = SEED) -> tuple[Images, Labels]:
    """Return all 1,797 images with pixels from 0 to 1, shuffled, and their labels."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    images = (digits.images[order] / PIXEL_MAX).astype(np.float32)[..., None]
    return images, digits.target[order].astype(np.int64)


def split(images: Images, labels: Labels) -> dict[str, tuple[Images, Labels]]:
    """Return the parts by name.

    `field` is what the cameras see and no training did. The reference profile is a sample of it, as
    a team would record one: a reference from elsewhere would call an honest difference drift.
    """
    field = TRAIN + EVALUATION
    cuts = {
        "train": slice(0, TRAIN),
        "calibration": slice(0, CALIBRATION),
        "evaluation": slice(TRAIN, field),
        "reference": slice(field, field + REFERENCE),
        "field": slice(field, None),
    }
    return {name: (images[cut], labels[cut]) for name, cut in cuts.items()}


def write(folder: Path, seed: int = SEED) -> None:
    """Write `<pipeline>-<part>.npz` for each pipeline and part, and `field.f32` for cameras; the
    last says that all are there, and then nothing is written again.
    """
    field = folder / "field.f32"
    if field.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    parts = split(*load(seed))
    for pipeline, prepare in PIPELINES.items():
        for name, (images, labels) in parts.items():
            np.savez(folder / f"{pipeline}-{name}.npz", x=prepare(images), y=labels)
    part = field.with_suffix(".part")
    parts["field"][0].astype("<f4").tofile(part)
    part.replace(field)
