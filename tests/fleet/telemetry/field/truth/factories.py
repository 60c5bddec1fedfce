"""A world whose truth is known: inputs, a calibrated model, and labels that may change meaning."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from fleet.telemetry.field.truth.concept import Labelled

BINS = 16


@dataclass
class Field:
    """Two classes on a line, a model that knows the posterior, and devices that see `shift`ed
    inputs; `changed` is the share of labels whose meaning flipped near the boundary.
    """

    devices: int = 10
    shift: float = 0.0
    changed: float = 0.0
    ar: float = 0.5
    rate: int = 20  # labelled inferences a device and step
    seed: int = 1
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def inputs(self, count: int) -> np.ndarray:
        """(devices, count) of inputs, correlated from one to the next."""
        found = np.empty((self.devices, count))
        last = self.random.standard_normal(self.devices)
        for at in range(count):
            noise = self.random.standard_normal(self.devices)
            last = self.ar * last + np.sqrt(1 - self.ar**2) * noise
            found[:, at] = last
        return np.asarray(found * 1.5 + self.shift)

    def labelled(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Predicted class, confidence and true class of inputs."""
        posterior = 1 / (1 + np.exp(-2 * x))
        predicted = (posterior > 0.5).astype(int)
        true = (self.random.random(x.shape) < posterior).astype(int)
        flipped = self.random.random(x.shape) < self.changed
        return predicted, np.maximum(posterior, 1 - posterior), np.where(flipped, 1 - true, true)

    def calibration(self) -> tuple[np.ndarray, np.ndarray]:
        """What a build would store, of labelled samples of the unshifted world."""
        still = Field(devices=1, ar=0.0, seed=self.seed + 1000)
        predicted, sure, true = still.labelled(still.inputs(4000))
        return by_bin(sure), by_bin(sure[predicted == true])

    def steps(self, accuracy: np.ndarray, count: int) -> Iterator[Labelled]:
        """Labelled steps, with what `accuracy` (bins) expects."""
        for _ in range(count):
            predicted, sure, true = self.labelled(self.inputs(self.rate))
            right = (predicted == true).sum(axis=1).astype(float)
            expected = accuracy[bin_of(sure)].sum(axis=1)
            yield Labelled(np.full(self.devices, float(self.rate)), right, expected)


def bin_of(sure: np.ndarray) -> np.ndarray:
    """The bin of each confidence."""
    return np.asarray(np.minimum((sure * BINS).astype(int), BINS - 1))


def by_bin(sure: np.ndarray) -> np.ndarray:
    """How many confidences lie in each bin."""
    return np.bincount(bin_of(sure).ravel(), minlength=BINS).astype(float)
