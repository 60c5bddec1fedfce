"""Devices that used to report and do not: told once, at the level that explains it. Pure.

Each device is its own reference here too: one that is off every weekend is not missed on Sunday.
Guarantees: a device that never reported is never missed; what a label value, or the whole fleet,
has in common is one silence; a value that was told stays told until few of its devices are silent,
so that an end is not told device by device.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fleet.telemetry.judgement.layout import Reals
from fleet.telemetry.judgement.limits import DAY
from fleet.telemetry.judgement.telling.findings import Found

STEPS_MIN: Final = 3  # a silence has at least so many steps
USUAL: Final = 1.5  # times the longest silence of a device's own past
USUAL_MAX: Final = 7 * DAY  # hours after which nothing is usual
TOGETHER_MIN: Final = 3  # silent devices that a common cause needs
QUORUM: Final = 0.5  # share of a value's devices that are silent before it is named
STANDS: Final = 0.25  # share from which a value that was named stays named
ELSEWHERE: Final = 0.5  # of that share: a value where as many are silent elsewhere explains nothing
SILENT: Final = " silent"  # how the causes of silences end


@dataclass(frozen=True)
class Silence:
    """`level` is device, label or fleet; `cause` a device's number, "key=value" or "fleet"."""

    level: str
    cause: str
    devices: tuple[int, ...]
    members: int  # devices that share it


class Shared:
    """What devices share: by device its "key=value" pairs, and how many carry each."""

    def __init__(self, pairs: Sequence[Collection[str]]) -> None:
        self.pairs = [frozenset(each) for each in pairs]
        self.members = Counter(pair for each in self.pairs for pair in each)

    def carriers(self, pair: str, devices: Collection[int]) -> frozenset[int]:
        """Return those of the devices that carry it."""
        return frozenset(each for each in devices if pair in self.pairs[each])


def patience(longest: Reals) -> Reals:
    """Return the hours after which a device is missed whose longest silence lasted so many hours
    and ended by itself.
    """
    return np.clip(USUAL * longest, DAY, USUAL_MAX)


def explained(
    silent: Collection[int],
    shared: Shared,
    *,
    gone: Collection[str] = (),
    before: Collection[str] = (),
) -> list[Silence]:
    """Return what the silent devices (indices into `shared`) have in common.

    `gone` are values that are known to be silent themselves, such as that of a gateway: they
    explain any number of devices. `before` are causes that were told before.
    """
    rest = set(silent)
    found: list[Silence] = []

    def take(level: str, cause: str, devices: Collection[int], of: int) -> None:
        found.append(Silence(level, cause, tuple(sorted(devices)), of))
        rest.difference_update(devices)

    for pair in sorted(set(gone) & set(shared.members)):
        if devices := shared.carriers(pair, rest):
            take("label", pair, devices, shared.members[pair])
    while (best := _best(rest, shared, before)) is not None:
        take("label", best, shared.carriers(best, rest), shared.members[best])
    if _stands(len(rest), len(shared.pairs), told="fleet" in before):
        take("fleet", "fleet", frozenset(rest), len(shared.pairs))
    for device in sorted(rest):
        take("device", str(device), (device,), 1)
    return found


def _best(rest: Collection[int], shared: Shared, before: Collection[str]) -> str | None:
    """The value that most of the silent devices carry, of those that explain a silence."""
    hits = Counter(pair for device in rest for pair in shared.pairs[device])
    for pair in sorted(hits, key=lambda each: (-hits[each], shared.members[each], each)):
        here, of = hits[pair], shared.members[pair]
        others = len(shared.pairs) - of
        elsewhere = (len(rest) - here) / others if others else 1.0
        if _stands(here, of, told=pair in before) and elsewhere <= ELSEWHERE * here / of:
            return pair
    return None


def _stands(silent: int, of: int, *, told: bool) -> bool:
    least, share = (TOGETHER_MIN - 1, STANDS) if told else (TOGETHER_MIN, QUORUM)
    return silent >= least and silent >= share * of


def pairs_of(labels: Mapping[str, object]) -> list[str]:
    """Return labels as "key=value"."""
    return [f"{key}={value}" for key, value in labels.items()]


class Silences:
    """Step by step: who is missed, since when, and when it was over."""

    def __init__(self, pairs: Sequence[Collection[str]], step_hours: float) -> None:
        self.told: list[Found] = []
        self._shared = Shared(pairs)
        self._hours, self._at = step_hours, -1
        self._open: dict[str, Found] = {}
        self._last = np.full(len(pairs), -1)  # step of the newest report
        self._longest = np.zeros(len(pairs))  # steps between two reports
        self._silent: tuple[int, ...] = ()

    def step(self, seen: np.ndarray) -> None:
        """Take which devices reported in the next step."""
        self._at += 1
        again = seen & (self._last >= 0)
        gap = np.where(again, self._at - self._last - 1, 0)
        self._longest = np.maximum(self._longest, gap)
        self._last = np.where(seen, self._at, self._last)
        away = np.where(self._last >= 0, self._at - self._last, 0)
        steps = np.ceil(patience(self._longest * self._hours) / self._hours)
        silent = tuple(np.flatnonzero(away >= np.maximum(steps, STEPS_MIN)).tolist())
        if silent != self._silent:
            self._silent = silent
            self._bring_up_to_date(explained(silent, self._shared, before=self._open))

    def _bring_up_to_date(self, found: list[Silence]) -> None:
        now = {each.cause: each for each in found}
        for cause in [each for each in self._open if each not in now]:
            self._open.pop(cause).closed = self._at
        for cause, each in now.items():
            if cause in self._open:
                known = self._open[cause]
                known.devices = tuple(sorted({*known.devices, *each.devices}))
                continue
            since = int(self._last[list(each.devices)].min())
            evidence = {"silent_since": since, "silent": len(each.devices), "of": each.members}
            name = cause + SILENT
            told = Found(each.level, name, each.devices, self._at, evidence=evidence)
            self._open[cause] = told
            self.told.append(told)
