"""Windows through the shipped judgement. Windows shorter than an hour are judged by the hour."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from fleet.lib.verdict import Verdict
from fleet.telemetry.judgement.guard import Guard, Look
from fleet.telemetry.judgement.limits import LEARN_STEPS, QUIET_STEPS
from fleet.telemetry.judgement.telling.findings import DeviceAlarm, Found
from fleet.telemetry.judgement.watch import Setting, Watch
from fleet.telemetry.replay.folder import Folder

HOUR = 3600


@dataclass
class Outcome:
    """What was found; indices are of windows."""

    step_windows: int  # windows that are judged together
    incidents: list[Found] = field(default_factory=list)
    alarms: list[DeviceAlarm] = field(default_factory=list)
    looks: list[tuple[int, Look]] = field(default_factory=list)
    confidences: np.ndarray | None = None  # (devices, classes, bins): the last week's counts
    notes: list[str] = field(default_factory=list)


def replay(folder: Folder) -> Outcome:
    """Run the whole folder."""
    windows = folder.windows
    size = max(ceil(HOUR / windows.seconds), 1)
    hours = size * windows.seconds / HOUR
    updated = np.where(windows.updated >= 0, windows.updated // size, -1)
    setting = Setting(
        folder.columns,
        folder.reference,
        folder.labels,
        updated,
        hours,
        windows.start,
        folder.choices,
    )
    watch = Watch(setting)
    names = [str(name) for name in folder.names]
    guard = Guard(
        folder.columns.with_memory(),
        updated,
        step_hours=hours,
        start_hour=windows.start,
        accuracy=folder.accuracy,
        margins=folder.margins,
        names=names,
    )
    outcome, heard = Outcome(size), False
    for at, (rows, present, memory) in enumerate(steps(folder, size)):
        heard = heard or bool(rows.any())
        watch.step(rows, present)
        beside = np.column_stack([rows, memory])
        look = guard.step(beside, present) if (updated >= 0).any() else None
        last = min((at + 1) * size, windows.shape[0]) - 1
        if look is not None and not _settled(outcome):
            outcome.looks.append((last, look))
    _collect(outcome, watch, windows.shape[0], hours)
    if not heard:
        outcome.notes.append("no window that is present holds an inference")
    return outcome


def steps(folder: Folder, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield the sum of each `size` windows, who reported in them, and the most memory they told.

    Of the step in which a device was updated, only what its new version counted is taken.
    """
    windows = folder.windows
    updated = windows.updated
    total = np.zeros(windows.shape[1:], np.uint64)
    seen = np.zeros(windows.shape[1], bool)
    most = np.zeros(windows.shape[1])
    for at, rows in enumerate(windows.rows()):
        starts = updated == at
        total[starts], seen[starts], most[starts] = 0, False, 0
        here = windows.present[at]
        total[here] += rows[here]
        seen |= here
        most[here] = np.maximum(most[here], windows.memory[at, here])
        if (at + 1) % size == 0 or at + 1 == windows.shape[0]:
            yield total.astype(np.float64), seen, most
            total, seen, most = np.zeros_like(total), np.zeros_like(seen), np.zeros_like(most)


def _settled(outcome: Outcome) -> bool:
    """A rollout that failed is over."""
    return bool(outcome.looks) and outcome.looks[-1][1].state is Verdict.FAIL


def _collect(outcome: Outcome, watch: Watch, windows: int, hours: float) -> None:
    size, found = outcome.step_windows, watch.found

    def window(step: int | None) -> int | None:
        return None if step is None else min((step + 1) * size, windows) - 1

    told = [*(found.incidents if found is not None else ()), *watch.silences.told]
    for each in told:
        each.opened, each.closed = window(each.opened) or 0, window(each.closed)
    outcome.incidents = sorted(told, key=lambda each: each.opened)
    if found is None:
        need = QUIET_STEPS * hours
        outcome.notes.append(f"nothing can be judged before {need:.0f} hours are recorded")
        return
    for alarm in found.alarms:
        alarm.opened, alarm.closed = window(alarm.opened) or 0, window(alarm.closed)
    outcome.alarms = found.alarms
    if watch.at + 1 < LEARN_STEPS:
        whole = LEARN_STEPS * hours
        outcome.notes.append(f"the fleet's own variances are learnt over {whole:.0f} hours")
    outcome.notes += watch.doubts()
