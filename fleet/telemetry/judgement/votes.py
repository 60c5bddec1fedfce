"""What devices that share a label do together: one bounded vote a device, and a quorum.

Guarantees: a vote is clipped after it is summed, so that a steady liar has no more than VOTE_CLIP;
a tenth of a label's devices may lie with full votes in one direction and never name it; a label
is named only when at least half of its own devices point the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fleet.telemetry.judgement import limits
from fleet.telemetry.judgement.layout import Reals

LABELS_MAX = 2000  # values judged; the most carried ones, if there are more
OWN_WAY = 1.0  # a vote from here on counts for the quorum
STILL = 0.5  # of the threshold: below it, what was named is over


@dataclass(frozen=True)
class Labels:
    """Label values and who carries them: (values, devices), zero or one."""

    names: tuple[str, ...]
    carried: Reals


@dataclass(frozen=True)
class Named:
    """A label value that moved: channel (index), direction, excess over its threshold in z."""

    label: str
    channel: int
    sign: float
    z: float
    steps: int
    excess: float
    devices: tuple[int, ...]


def labels_of(labels: Sequence[Mapping[str, str]]) -> Labels:
    """Return the values that at least LABEL_DEVICES_MIN devices carry, and some do not."""
    carriers: dict[str, list[int]] = {}
    for device, each in enumerate(labels):
        for key, value in each.items():
            carriers.setdefault(f"{key}={value}", []).append(device)
    least = limits.LABEL_DEVICES_MIN
    fit = [(n, at) for n, at in sorted(carriers.items()) if least <= len(at) <= len(labels) - least]
    fit = sorted(fit, key=lambda each: -len(each[1]))[:LABELS_MAX]
    carried = np.zeros((len(fit), len(labels)))
    for row, (_, at) in enumerate(fit):
        carried[row, at] = 1.0
    return Labels(tuple(name for name, _ in fit), carried)


class Ballot:
    """The last steps' standardised surprises: sums over each of VOTE_STEPS."""

    def __init__(self, devices: int, channels: int) -> None:
        self._ring = np.zeros((max(limits.VOTE_STEPS), devices, channels), np.float32)
        self._known = np.zeros(self._ring.shape, bool)
        self._at = 0
        self._sums = np.zeros((len(limits.VOTE_STEPS), devices, channels))
        self._counts = np.zeros((len(limits.VOTE_STEPS), devices, channels), np.int16)

    def add(self, standard: Reals) -> None:
        """Take one step's surprises over their standard deviations; NaN is not a vote."""
        known = np.isfinite(standard)
        value = np.where(known, np.clip(standard, -10, 10), 0.0).astype(np.float32)
        length = len(self._ring)
        for row, steps in enumerate(limits.VOTE_STEPS):
            out = (self._at - steps) % length
            self._sums[row] += value - self._ring[out]
            self._counts[row] += known.astype(np.int16) - self._known[out]
        self._ring[self._at % length] = value
        self._known[self._at % length] = known
        self._at += 1

    def forget(self, devices: np.ndarray) -> None:
        """Take back the votes of some devices: they run another version now."""
        for each in (self._sums, self._counts, self._ring, self._known):
            each[:, devices] = 0

    def votes(self) -> Reals:
        """Return (windows, devices, channels): clipped sums of the last steps, NaN without half."""
        enough = self._counts >= np.array(limits.VOTE_STEPS)[:, None, None] / 2
        raw = np.where(enough, self._sums / np.sqrt(np.maximum(self._counts, 1)), np.nan)
        wide = _spread(raw)
        return np.clip(raw / wide, -limits.VOTE_CLIP, limits.VOTE_CLIP)


def named(labels: Labels, votes: Reals) -> list[Named]:
    """Return the label values that moved, the clearest first; each device explains one of them."""
    found: list[Named] = []
    carried = labels.carried.copy()
    while len(found) < limits.LABEL_DEVICES_MIN:
        best = _best(labels.names, carried, votes)
        if best is None:
            break
        found.append(best)
        carried[:, list(best.devices)] = 0.0
    return found


def standing(labels: Labels, votes: Reals, named_before: Named) -> bool:
    """Tell whether a label that was named still moves, with hysteresis."""
    row = labels.names.index(named_before.label)
    part = votes[:, labels.carried[row] > 0, named_before.channel] * named_before.sign
    known = np.isfinite(part)
    if not known.any():
        return True  # silence does not end it
    size = np.maximum(known.sum(axis=1), 1)
    z = np.where(known, part, 0.0).sum(axis=1) / np.sqrt(limits.VOTE_VARIANCE * size)
    shape = (labels.carried.shape[0], votes.shape[2])
    needed = [float(naming_threshold(i, *shape, size[i])) for i in range(len(z))]
    return bool((z > STILL * np.array(needed)).any())


def _best(names: tuple[str, ...], carried: Reals, votes: Reals) -> Named | None:
    """The value with the largest excess of all windows, channels and directions."""
    if not names:
        return None
    known = np.isfinite(votes)
    safe = np.where(known, votes, 0.0)
    best: tuple[float, int, int, int] | None = None
    for window in range(len(votes)):
        size = carried @ known[window].astype(np.float64)
        z = (carried @ safe[window]) / np.sqrt(limits.VOTE_VARIANCE * np.maximum(size, 1))
        needed = naming_threshold(window, len(names), votes.shape[2], size)
        excess = np.where(size >= limits.LABEL_DEVICES_MIN, np.abs(z) - needed, -np.inf)
        way = np.where(z >= 0, 1.0, -1.0)
        up = carried @ (safe[window] >= OWN_WAY).astype(np.float64)
        down = carried @ (safe[window] <= -OWN_WAY).astype(np.float64)
        quorum = np.where(way > 0, up, down) >= limits.LABEL_QUORUM * np.maximum(size, 1)
        excess = np.where(quorum, excess, -np.inf)
        row, channel = divmod(int(np.argmax(excess)), excess.shape[1])
        if excess[row, channel] > 0 and (best is None or excess[row, channel] > best[0]):
            best = (float(excess[row, channel]), row, channel, window)
    if best is None:
        return None
    excess_best, row, channel, window = best
    devices = np.flatnonzero((carried[row] > 0) & known[window, :, channel])
    z_sum = safe[window, devices, channel].sum()
    return Named(
        names[row],
        channel,
        1.0 if z_sum >= 0 else -1.0,
        float(z_sum / np.sqrt(limits.VOTE_VARIANCE * max(devices.size, 1))),
        limits.VOTE_STEPS[window],
        excess_best,
        tuple(int(each) for each in np.flatnonzero(carried[row] > 0)),
    )


def naming_threshold(window: int, values: int, channels: int, size: Reals) -> Reals:
    """Threshold of |z|: chance over a month, and a tenth of liars with full votes."""
    steps = limits.VOTE_STEPS[window]
    tests = 2 * len(limits.VOTE_STEPS) * values * channels * limits.MONTH / steps
    liars = limits.VOTE_CLIP * np.ceil(limits.LIARS * size)
    lying = liars / np.sqrt(limits.VOTE_VARIANCE * np.maximum(size, 1))
    return np.asarray(lying - NormalDist().inv_cdf(limits.VOTE_ALPHA / tests))


def _spread(raw: Reals) -> Reals:
    """How much wider the fleet's votes are than the filter says, by window and channel."""
    known = np.isfinite(raw).any(axis=1, keepdims=True)
    filled = np.where(known, raw, 0.0)
    middle = np.nanmedian(filled, axis=1, keepdims=True)
    wide = 1.4826 * np.nanmedian(np.abs(filled - middle), axis=1, keepdims=True)
    return np.asarray(np.maximum(wide, 1.0))
