"""Trials with a known truth: devices, lots and rollouts run through the shipped judgement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.telemetry.judgement.guard import Guard, State
from fleet.telemetry.judgement.limits import Choices
from fleet.telemetry.judgement.watch import Setting, Watch
from tests.fleet.telemetry.judgement.delivery import Delivery
from tests.fleet.telemetry.judgement.world import Harm, Simulation, World, columns, reference_counts

START = 340  # hours of past before a harm
WEEK = 168
# What the table asks for, each on a feature of its own so that nobody rules the common mode.
HARMS = (
    ("shift", 0.3),
    ("shift", 0.5),
    ("shift", 1.0),
    ("dead", 0.0),
    ("mode", 3.5),
    ("class", 0.13),
    ("confidence", 0.05),
)


@dataclass(frozen=True)
class Detection:
    """Healthy devices that ever alarmed, of how many; delays in hours by harm."""

    healthy: int
    alarmed: int
    delays: dict[tuple[str, float], list[float]]


def watch_fleet(
    world: World,
    devices: int,
    hours: int,
    harms: tuple[Harm, ...],
    *,
    seed: int,
    labels: Sequence[dict[str, str]] | None = None,
    rate: int = 60,
    delivery: Delivery | None = None,
) -> Watch:
    """Run a fleet through the watch."""
    given = labels or [{} for _ in range(devices)]
    never = np.full(devices, -1)
    watch = Watch(Setting(columns(), reference_counts(), given, never, 1.0, 0.0, Choices()))
    made = Simulation(world, devices, seed, harms, rate).hours(hours)
    for rows, heard in (delivery or Delivery()).delivered(made, seed):
        watch.step(rows, heard)
    return watch


def detection(
    world: World,
    healthy: int,
    each: int,
    hours: int,
    seed: int = 1,
    *,
    rate: int = 60,
    delivery: Delivery | None = None,
) -> Detection:
    """Watch a fleet of healthy devices and `each` of every harm."""
    harms, groups = [], {}
    for i, (kind, size) in enumerate(HARMS):
        ids = tuple(range(healthy + i * each, healthy + (i + 1) * each))
        groups[kind, size] = ids
        if each:
            harms.append(Harm(ids, kind, size, START, i))
    total = healthy + each * len(HARMS)
    found = watch_fleet(
        world, total, hours, tuple(harms), seed=seed, rate=rate, delivery=delivery
    ).found
    if found is None:
        raise ValueError("the run is shorter than a day")
    first: dict[int, float] = {}
    for alarm in found.alarms:
        first.setdefault(alarm.device, alarm.opened - START + 1.0)
    delays = {
        name: [first[d] if first.get(d, -1) >= 1 else np.inf for d in ids]
        for name, ids in groups.items()
    }
    return Detection(healthy, sum(d < healthy for d in first), delays)


def labelled(devices: int, random: np.random.Generator) -> list[dict[str, str]]:
    """Ten lots in order of device; sites, boards and customers by chance."""
    return [
        {
            "lot": f"L{i * 10 // devices}",
            "site": f"s{random.integers(8)}",
            "board": f"b{random.integers(3)}",
            "customer": f"c{random.integers(25)}",
        }
        for i in range(devices)
    ]


@dataclass(frozen=True)
class Lot:
    """Hours until the right lot was named (inf: never), and label values named wrongly."""

    delay: float
    wrong: int


def lot_run(
    world: World,
    seed: int,
    *,
    moved: bool,
    liars: float,
    huge: bool = False,
    devices: int = 200,
    start: int = 250,
) -> Lot:
    """A lot of a tenth at .3 sd from `start` on; a share of liars spread by chance."""
    horizon = 48
    random = np.random.default_rng(seed)
    labels = labelled(devices, random)
    harms = [Harm(tuple(range(devices // 10)), "shift", 0.3, start)] if moved else []
    harms += [
        Harm((int(each),), "all", float(random.choice([-3.0, 3.0])), start)
        for each in random.choice(devices, int(liars * devices), replace=False)
    ]
    if huge:
        harms.append(Harm((0,), "shift", 1000.0, start))
    watch = watch_fleet(world, devices, start + horizon, tuple(harms), seed=seed, labels=labels)
    found = watch.found.incidents if watch.found else []
    named = [each for each in found if each.level == "label"]
    right = [each.opened - start + 1 for each in named if each.cause == "lot=L0" and moved]
    wrong = sum(each.cause != "lot=L0" or not moved for each in named)
    return Lot(min(right, default=np.inf), wrong)


@dataclass(frozen=True)
class Rollouts:
    """First look (hours) that failed and that passed, by rollout; inf: none did."""

    failed: list[float]
    passed: list[float]


def rollouts(
    world: World,
    canaries: int,
    controls: int,
    runs: int,
    *,
    harm: tuple[str, float] | None = None,
    liar: tuple[str, float] | None = None,
    looks: int = 100,
    seed: int = 5,
) -> Rollouts:
    """Judge rollouts of one simulated fleet, each with its own devices and a week of past.

    `harm` is what the new version does to every canary, `liar` what the first canary claims.
    """
    size = canaries + controls
    everyone = tuple(r * size + i for r in range(runs) for i in range(canaries))
    firsts = tuple(r * size for r in range(runs))
    harms = [Harm(everyone, *harm, WEEK)] if harm else []
    harms += [Harm(firsts, *liar, WEEK)] if liar else []
    updated = np.where(np.arange(size) < canaries, WEEK, -1)
    accuracy = np.tile((np.arange(16) + 0.5) / 16, (4, 1))
    guards = [Guard(columns(), updated, accuracy=accuracy) for _ in range(runs)]
    failed, passed = [np.inf] * runs, [np.inf] * runs
    present = np.ones(size, bool)
    hours = Simulation(world, runs * size, seed, tuple(harms)).hours(WEEK + looks)
    for hour, rows in enumerate(hours):
        for run, guard in enumerate(guards):
            look = guard.step(rows[run * size : (run + 1) * size], present)
            at = hour - WEEK + 1
            if look is not None and look.state is State.FAIL:
                failed[run] = min(failed[run], at)
            if look is not None and look.state is State.PASS:
                passed[run] = min(passed[run], at)
    return Rollouts(failed, passed)


def share(values: Iterable[float], within: float = np.inf) -> tuple[int, int]:
    """How many are finite and at most `within`, of how many."""
    found = [np.isfinite(each) and each <= within for each in values]
    return sum(found), len(found)
