"""When two devices use one key. Pure: what opened sessions lately in, what to think of it out.

Each start of an agent is a *run*: it draws a random name for itself, and counts its starts in a
number that it stores before it speaks. A session tells both. From that:

* A run ends when the device restarts, so one that another run has followed stays silent for
  ever. One that comes back was there all the time: twice, and two devices take turns. (Once can be
  a virtual machine that was set back with its memory.)
* The count of starts rises. One that goes back, and forward, and back again, is two devices that
  count for themselves. (Once, or never going forward, is a restored or a read-only medium.)

Addresses say nothing: networks change under honest devices. They are kept for people to look at.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

RECENT_MAX: Final = 64  # runs that are remembered
RETURNS: Final = 2
RETURNS_WITHIN: Final = timedelta(days=7)
REWINDS: Final = 3
REWINDS_WITHIN: Final = timedelta(hours=24)


class CloneSign(StrEnum):
    """What gave two devices away."""

    TURNS = "runs take turns"
    COUNTERS = "start counters go back and forth"
    ENROLMENT = "another device enrolled with this key"


@dataclass(frozen=True, slots=True)
class AgentRun:
    """One run's stay: from its first session to its last without another run between them."""

    instance: str
    boot: int | None
    address: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CloneFinding:
    """Why two devices are suspected, and the runs that show it."""

    sign: CloneSign
    runs: tuple[AgentRun, ...]

    @property
    def instances(self) -> frozenset[str]:
        """The names of those runs."""
        return frozenset(run.instance for run in self.runs)


def follow(recent: Sequence[AgentRun], now: AgentRun) -> tuple[AgentRun, ...]:
    """Return the runs with one more session among them; the oldest are forgotten."""
    if recent and recent[-1].instance == now.instance:
        return (*recent[:-1], replace(now, since=recent[-1].since))
    return (*recent, now)[-RECENT_MAX:]


def finding(recent: Sequence[AgentRun], dismissed: Collection[str] = ()) -> CloneFinding | None:
    """Return what the runs show, or None for what one device can do by itself.

    `dismissed` are names of runs that a person has looked at: among themselves they show nothing.
    """
    for sign, runs in (
        (CloneSign.TURNS, _turns(_within(recent, RETURNS_WITHIN))),
        (CloneSign.COUNTERS, _counters(_within(recent, REWINDS_WITHIN))),
    ):
        if runs and not {run.instance for run in runs} <= set(dismissed):
            return CloneFinding(sign, runs)
    return None


def dump_runs(runs: Sequence[AgentRun]) -> list[dict[str, Any]]:
    """Return the runs as plain JSON."""
    times = ("since", "until")
    return [asdict(run) | {each: getattr(run, each).isoformat() for each in times} for run in runs]


def load_runs(rows: Sequence[Mapping[str, Any]]) -> tuple[AgentRun, ...]:
    """Return runs that were stored."""
    return tuple(
        AgentRun(
            row["instance"],
            row["boot"],
            row["address"],
            datetime.fromisoformat(row["since"]),
            datetime.fromisoformat(row["until"]),
        )
        for row in rows
    )


def _within(recent: Sequence[AgentRun], span: timedelta) -> tuple[AgentRun, ...]:
    return tuple(run for run in recent if run.until >= recent[-1].until - span)


def _turns(recent: tuple[AgentRun, ...]) -> tuple[AgentRun, ...]:
    """Return the runs from the first that came back to the last that did, if enough of them did."""
    names = [run.instance for run in recent]
    back = [at for at, name in enumerate(names) if name in names[:at]]
    if len(back) < RETURNS:
        return ()
    return recent[min(names.index(names[at]) for at in back) : back[-1] + 1]


def _counters(recent: tuple[AgentRun, ...]) -> tuple[AgentRun, ...]:
    """Return the runs between which the counter went back often enough, each time after going
    forward.
    """
    counted = [(run.boot, run) for run in recent if run.boot is not None]
    back: list[int] = []
    forward = True  # the first step back needs none before it
    for at, ((before, _), (after, _)) in enumerate(pairwise(counted), start=1):
        if after > before:
            forward = True
        elif forward:
            back.append(at)
            forward = False
    shown = counted[back[0] - 1 : back[-1] + 1] if len(back) >= REWINDS else []
    return tuple(run for _, run in shown)
