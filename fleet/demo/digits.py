"""The data: handwritten digits that scikit-learn ships, split once and for all, with a fixed seed.

Two pipelines prepare the same images. `camera` is what the devices deliver: pixels from 0 to 1.
`centred` is a
training pipeline gone wrong: pixels from -1 to 1. A model trained and evaluated on it looks fine
until it meets
a camera.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]  # N x 8 x 8 x 1
Labels = NDArray[np.int64]  # N

SEED: Final = 20
SPLITS: Final = {"train": 800, "calibration": 100, "evaluation": 250, "reference": 300}
KINDS: Final = ("calibration", "evaluation", "reference")
VERSIONS: Final = {"1.0": "camera", "1.1": "centred"}  # version: the pipeline it was trained on
PIXEL_MAX: Final = 16.0  # scikit-learn's digits hold 0 to 16
PIPELINES: Final[dict[str, Callable[[Images], Images]]] = {
    "camera": lambda pixels: pixels,
    "centred": lambda pixels: pixels * 2 - 1,
}


def load() -> tuple[Images, Labels]:
    """Return all 1,797 images with pixels from 0 to 1, shuffled, and their labels."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    images = (digits.images[order] / PIXEL_MAX).astype(np.float32)[..., None]
    return images, digits.target[order].astype(np.int64)


def split(images: Images, labels: Labels) -> dict[str, tuple[Images, Labels]]:
    """Return disjoint parts by name; what is left over is `held_out`, which only devices see."""
    parts: dict[str, tuple[Images, Labels]] = {}
    start = 0
    for name, count in SPLITS.items():
        parts[name] = (images[start : start + count], labels[start : start + count])
        start += count
    parts["held_out"] = (images[start:], labels[start:])
    return parts


def write(folder: Path) -> None:
    """Write `<pipeline>-<part>.npz` for each pipeline and part, and `held_out.f32` for the
    cameras.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = split(*load())
    for pipeline, prepare in PIPELINES.items():
        for name, (images, labels) in parts.items():
            np.savez(folder / f"{pipeline}-{name}.npz", x=prepare(images), y=labels)
    parts["held_out"][0].astype("<f4").tofile(folder / "held_out.f32")
