"""Labels of one window or one sample, checked against what the device counted. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

import numpy as np

from device_agent.protocol.schema import CONFIDENCE_BINS
from fleet.lib.canonical import canonical_json
from fleet.telemetry.choices import DIGEST_MAX
from fleet.telemetry.judgement.layout import Reals

UNKNOWN: Final = -1  # the true class, where only "wrong" is known
WRONG_NAME: Final = "another"

Pair: TypeAlias = tuple[int, int]  # predicted and true, by index of class
Pairs: TypeAlias = dict[Pair, int]


class Misfit(Exception):
    """Why labels cannot be counted, as a sentence."""


@dataclass(frozen=True)
class WindowLabels:
    """True classes of inferences of one window: `counts` is predicted → true → inferences,
    `right` predicted → (right, labelled) where only that is known.
    """

    device: str
    boot: int
    sequence: int
    counts: Mapping[str, Mapping[str, int]]
    right: Mapping[str, Sequence[int]]

    @property
    def key(self) -> str:
        """What the device calls the window."""
        return f"w:{self.boot}:{self.sequence}"

    @property
    def digest(self) -> str:
        """What tells another content."""
        return digest_of([self.counts, self.right])

    @property
    def named(self) -> str:
        """The window in a sentence."""
        return f"Window {self.sequence} of boot {self.boot} of {self.device[:64]!r}"


@dataclass(frozen=True)
class SampleLabels:
    """One inference by the caller's own id, with what was predicted and what was true."""

    id: str
    device: str
    at: datetime
    predicted: str
    confidence: float  # 0 to 1
    true: str

    @property
    def key(self) -> str:
        """The id's digest: the id itself is not kept."""
        return f"s:{digest_of(self.id)}"

    @property
    def digest(self) -> str:
        """What tells another content."""
        return digest_of([self.predicted, self.true, repr(self.confidence), self.at.isoformat()])

    @property
    def named(self) -> str:
        """The sample in a sentence."""
        return f"Sample {self.id[:64]!r} of {self.device[:64]!r}"


Item: TypeAlias = WindowLabels | SampleLabels


def digest_of(value: object) -> str:
    """Return a digest of plain JSON, as long as is stored."""
    return hashlib.sha256(canonical_json(value)).hexdigest()[:DIGEST_MAX]


def window_pairs(item: WindowLabels, classes: Sequence[str], held: Reals) -> Pairs:
    """Return a window's labels by index of class; `held` is (classes), predicted by the device.

    Raises Misfit for an unknown class, a negative number, none at all, or more than was predicted.
    """
    found: Pairs = {}
    for predicted, trues in item.counts.items():
        for true, count in trues.items():
            wrong = true == WRONG_NAME and true not in classes
            at = UNKNOWN if wrong else _index(classes, true)
            _add(found, (_index(classes, predicted), at), count)
    for predicted, (right, labelled) in item.right.items():
        at = _index(classes, predicted)
        if not 0 <= right <= labelled:
            raise Misfit(f"{right} right of {labelled} labelled of {predicted[:64]!r} cannot be.")
        _add(found, (at, at), right)
        _add(found, (at, UNKNOWN), labelled - right)
    if not any(found.values()):
        raise Misfit("No inference is labelled.")
    check_held(found, classes, held)
    return found


def sample_pair(item: SampleLabels, classes: Sequence[str]) -> Pairs:
    """Return one sample's label by index of class. Raises Misfit for an unknown class."""
    wrong = item.true == WRONG_NAME and item.true not in classes
    at = UNKNOWN if wrong else _index(classes, item.true)
    return {(_index(classes, item.predicted), at): 1}


def check_held(pairs: Pairs, classes: Sequence[str], held: Reals) -> None:
    """Raise Misfit where more inferences of a class are labelled than the device predicted."""
    for predicted in {predicted for predicted, _ in pairs}:
        labelled = sum(count for (at, _), count in pairs.items() if at == predicted)
        if labelled > held[predicted]:
            raise Misfit(
                f"{labelled} inferences of {classes[predicted]!r} are labelled, "
                f"the device counted {held[predicted]:.0f}."
            )


def expected_of(pairs: Pairs, table: Reals, accuracy: Reals) -> float:
    """Return how many of labelled inferences should be right, by the mean confidence of each
    predicted class in the device's `table` (classes, bins) and the build's `accuracy` (bins).
    """
    held = table.sum(axis=1)
    rate = (table @ accuracy) / np.maximum(held, 1.0)
    return float(sum(count * rate[predicted] for (predicted, _), count in pairs.items()))


def expected_of_one(confidence: float, accuracy: Reals) -> float:
    """Return how often a prediction of this confidence (0 to 1) should be right."""
    return float(accuracy[min(int(confidence * CONFIDENCE_BINS), CONFIDENCE_BINS - 1)])


def correct_of(pairs: Pairs) -> int:
    """Return how many inferences were right."""
    return sum(count for (predicted, true), count in pairs.items() if predicted == true)


def merged(one: Pairs, other: Pairs) -> Pairs:
    """Return the sum of both."""
    return {pair: one.get(pair, 0) + other.get(pair, 0) for pair in one.keys() | other.keys()}


def dump_pairs(pairs: Pairs) -> list[list[int]]:
    """Return the form in which pairs are stored."""
    return [[*pair, count] for pair, count in sorted(pairs.items()) if count]


def load_pairs(stored: Sequence[Sequence[int]]) -> Pairs:
    """Return pairs from their stored form."""
    return {(row[0], row[1]): row[2] for row in stored}


def _add(found: Pairs, pair: Pair, count: int) -> None:
    if count < 0:
        raise Misfit("A count of labels is negative.")
    found[pair] = found.get(pair, 0) + count


def _index(classes: Sequence[str], name: str) -> int:
    try:
        return classes.index(name)
    except ValueError:
        raise Misfit(f"The version has no class {name[:64]!r}.") from None
