"""How often each true class occurs now, from predictions alone. Pure.

Two estimates from the confusion of labelled reference samples: the linear one (black box shift
estimation, Lipton, Wang and Smola 2018) and the likeliest one (expectation maximisation, Saerens,
Latinne and Decaestecker 2002, of hard predictions). Both assume that inputs of a class look as they
did: only how often each class occurs has changed. Both need a confusion that can be inverted.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from fleet.telemetry.judgement.layout import Reals

INVERTIBLE_MIN: Final = 0.1  # least singular value of P(predicted | true)
SAMPLES_MIN: Final = 100  # predictions
STEPS: Final = 500  # of expectation maximisation
SETTLED: Final = 1e-9  # largest change of a share that ends it
CONFIDENCE: Final = 0.95
ASSUMPTION: Final = "holds only if inputs of each class look as in the reference"


@dataclass(frozen=True)
class LabelShift:
    """Shares of the true classes, (classes): as they were, as they are, with 95 % intervals."""

    reference: Reals
    shares: Reals  # likeliest, never negative
    linear: Reals  # may leave 0 to 1 where there is little data
    low: Reals
    high: Reals
    samples: float


@dataclass(frozen=True)
class NotInvertible:
    """Why nothing is estimated, as a sentence."""

    sentence: str


def label_shift(
    confusion: Reals, predicted: Reals, design_effect: float
) -> LabelShift | NotInvertible:
    """Return the true classes' shares behind counts of predicted classes.

    `confusion` is (predicted, true) counts of the reference; `design_effect` correlated inferences
    count for one.
    """
    samples = float(predicted.sum())
    if samples < SAMPLES_MIN:
        return NotInvertible(f"{samples:.0f} predictions, {SAMPLES_MIN} are needed.")
    of_class = confusion.sum(axis=0)
    if (of_class <= 0).any():
        return NotInvertible("The reference has no sample of some class.")
    given = confusion / of_class  # P(predicted | true)
    least = float(np.linalg.svd(given, compute_uv=False)[-1])
    if least < INVERTIBLE_MIN:
        return NotInvertible(
            "The model confuses some classes so much that their mix cannot be told from its "
            f"predictions (least singular value {least:.3f}, {INVERTIBLE_MIN} is needed)."
        )
    seen = predicted / samples
    inverse = np.linalg.inv(given)
    linear = inverse @ seen
    spread = _spread(given, inverse, linear, of_class, samples / max(design_effect, 1.0))
    shares = _likeliest(given, seen)
    wide = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * spread
    return LabelShift(
        reference=np.asarray(of_class / of_class.sum()),
        shares=shares,
        linear=np.asarray(linear),
        low=np.clip(shares - wide, 0.0, 1.0),
        high=np.clip(shares + wide, 0.0, 1.0),
        samples=samples,
    )


def _likeliest(given: Reals, seen: Reals) -> Reals:
    shares = np.full(given.shape[1], 1 / given.shape[1])
    for _ in range(STEPS):
        behind = given * shares
        behind = behind / np.maximum(behind.sum(axis=1, keepdims=True), 1e-300)
        moved = seen @ behind
        settled = np.abs(moved - shares).max() < SETTLED
        shares = moved
        if settled:
            break
    return np.asarray(shares)


def _spread(given: Reals, inverse: Reals, linear: Reals, of_class: Reals, count: float) -> Reals:
    """Standard deviations of the linear estimate, by the delta method: of the predictions that
    were seen, and of the reference's columns.
    """
    seen = given @ linear
    live = (np.diag(seen) - np.outer(seen, seen)) / count
    columns = [
        linear[k] ** 2 * (np.diag(given[:, k]) - np.outer(given[:, k], given[:, k])) / of_class[k]
        for k in range(given.shape[1])
    ]
    known = inverse @ (live + np.sum(columns, axis=0)) @ inverse.T
    return np.sqrt(np.maximum(np.diag(known), 0.0))
