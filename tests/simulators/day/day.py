"""A simulated stretch of time: rollouts that share devices, operators, gates of moods, and devices
with habits; everything drawn from one seed.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from builds import keyring
from fleet.devices.models import Group
from fleet.lib import clock
from fleet.lib.verdict import Verdict
from ota import services
from ota.engine.states import FINISHED, LIVE, Gate, RolloutState
from ota.engine.transitions import ROLLOUT, RolloutStep
from ota.models import Assignment, Release, Rollout
from ota.rollouts import gates
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.day.behaviours import DayDevice, Habit
from tests.simulators.fleet import SESSION_SECONDS, caller, sign_in

START = datetime(2030, 3, 30, 21, tzinfo=UTC)  # before clocks in Europe are put forward
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
SITES = ("oslo", "lyon", "rome", "graz")
ODD = tuple(habit for habit in Habit if habit is not Habit.STEADY)
MOODS = (*[Verdict.PASS] * 6, *[Verdict.INCONCLUSIVE] * 5, Verdict.FAIL)
ACTS = {
    RolloutStep.PAUSE: services.rollout_pause,
    RolloutStep.RESUME: services.rollout_resume,
    RolloutStep.ABORT: services.rollout_abort,
    RolloutStep.ROLL_BACK: services.rollout_roll_back,
}
QUIET_HOURS = 48  # simulated, in which a fleet without troubles has to end all of it


@dataclass
class Day:
    """The fleet and its time."""

    devices: int = 16
    rollouts: int = 3
    hours: float = 1.0
    seed: int = 1
    step_seconds: int = 60
    now: datetime = START
    steps: int = 0
    fleet: list[DayDevice] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.signed_in = self.now
        self.releases: list[Release] = []

    def run(self) -> None:
        """Let the time pass, and then everything come to its end."""
        with self._clock(), self._moods():
            self._begin()
        end = self.now + timedelta(hours=self.hours)
        every = self.hours * 3600 / max(1, self.rollouts)
        due = self.now
        while self.now < end:
            if self.now >= due and len(self.releases):
                due += timedelta(seconds=every)
                with self._clock():
                    self._start()
            self._step()
        self._settle()

    def _begin(self) -> None:
        rows = makers.devices(self.devices, prefix="day")
        keys = keyring.public_keys()
        for number, row in enumerate(rows):
            row.public_id = f"dev_{self.seed}x{number}"  # the order is drawn with it
            row.labels = {"site": SITES[number % len(SITES)], "timezone": ZONES[number % 3]}
            row.save()
            habit = ODD[number // 2 % len(ODD)] if number % 2 else Habit.STEADY
            device = DayDevice(row, caller(row), keys, habit=habit, chance=self.chance)
            self.fleet.append(device)
        for number, each in enumerate(self.fleet):
            other = self.fleet[number - 1].device.controller_id
            each.strange = [
                each.base.replace(each.device.controller_id, other) + "/deploymentBase/1"
            ]
        half = self.devices // 2
        self.groups = [
            makers.group(rows, "everybody"),
            makers.group(rows[: half + half // 2], "north"),
            makers.group(rows[half // 2 :], "south"),
        ]
        self.releases = [makers.release(f"{number}.0") for number in range(1, 4)]

    def _start(self) -> None:
        group: Group = self.chance.choice(self.groups)
        made = services.rollout_create(
            by=SYSTEM,
            release=self.chance.choice(self.releases),
            group=group,
            policy_name=self.chance.choice(["canary", "steady", "security", "all-at-once"]),
            overrides=self._policy(),
        )
        made.public_id = f"rol_{self.seed}x{self.done['rollouts']}"
        made.save(update_fields=["public_id"])
        services.rollout_start(by=SYSTEM, rollout=made)
        self.done["rollouts"] += 1

    def _policy(self) -> dict[str, Any]:
        """Numbers small enough that an hour has all of it in it."""
        chance, found = self.chance, dict[str, Any]()
        found |= {"soak_seconds": chance.choice([0, 120]), "success_percent": 50}
        found |= {"max_in_flight": chance.choice([2, 3, 8]), "install_seconds": 600}
        found |= {"offer_seconds": 900, "attempts": chance.choice([1, 2, 3]), "retry_seconds": 60}
        found |= {"failures": [{"percent": 60, "min_sample": 4}], "penalty_after": 2}
        found |= {"retries": [{"cause": "verify", "attempts": 1}], "spread": ["site"]}
        found["timeouts"] = {"retrieved": 300}
        if chance.random() < 0.4:
            found["starts_per_minute"] = 1
        if chance.random() < 0.4:
            found["in_flight_first"] = 1
        if chance.random() < 0.4:
            begin = self.now + timedelta(minutes=chance.randrange(5, 40))
            until = begin + timedelta(minutes=chance.randrange(5, 20))
            found["freezes"] = [{"from": begin.isoformat(), "until": until.isoformat()}]
        if chance.random() < 0.3:
            found["start_at"] = (self.now + timedelta(minutes=7)).isoformat()
        if chance.random() < 0.5:
            window = {"schedule": "0 0/15 * * * ?", "duration": "00:04:00", "timezone": "device"}
            found["delivery"] = {"window": window}
        return found

    def _step(self) -> None:
        self.now += timedelta(seconds=self.step_seconds)
        with self._clock(), self._moods():
            self._sign_in()
            self._operate()
            services.rollouts_tick()
            for number, device in enumerate(self.fleet):
                if device.holding or (number + self.steps) % 2 == 0:
                    device.round()
            self.steps += 1

    def _operate(self) -> None:
        """Now and then, somebody does something to a rollout."""
        if self.chance.random() > 0.05:
            return
        rows = list(Rollout.objects.exclude(state=RolloutState.DRAFT).order_by("pk"))
        row = self.chance.choice(rows) if rows else None
        step = self.chance.choice([RolloutStep.PAUSE, RolloutStep.RESUME, RolloutStep.ROLL_BACK])
        if row is not None and (RolloutState(row.state), step) in ROLLOUT:
            ACTS[step](by=SYSTEM, rollout=row)
            self.done[step.value] += 1

    def _settle(self) -> None:
        """Everybody well and awake: what is under way has to end."""
        for device in self.fleet:
            device.habit = Habit.STEADY
        limit = self.now + timedelta(hours=QUIET_HOURS)
        while Rollout.objects.filter(state__in=sorted(LIVE)).exists():
            assert self.now < limit, list(Rollout.objects.values_list("state", "reason"))
            with self._clock():
                for row in Rollout.objects.filter(state=RolloutState.PAUSED):
                    services.rollout_abort(by=SYSTEM, rollout=row)
            self._step()

    def _sign_in(self) -> None:
        if self.now >= self.signed_in + timedelta(seconds=SESSION_SECONDS - self.step_seconds):
            self.signed_in = self.now
            for device in self.fleet:
                sign_in(device.client, device.device)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        with clock.fixed(self.now):
            yield

    @contextmanager
    def _moods(self) -> Iterator[None]:
        def asked(*_: object) -> gates.GateAnswer:
            mood = self.chance.choice(MOODS)
            return gates.GateAnswer(mood, f"it looks like a {mood}")

        with patch.dict(gates.GATES, {Gate.TELEMETRY: asked}):
            yield

    def figures(self) -> dict[str, int]:
        """What happened, in numbers."""
        states = Counter(Rollout.objects.order_by().values_list("state", flat=True))
        ended = Assignment.objects.filter(state__in=sorted(FINISHED)).count()
        return {
            "devices": len(self.fleet),
            "requests": sum(device.requests for device in self.fleet),
            "refused": sum(device.refusals for device in self.fleet),
            "updates": ended,
            **{f"rollouts {state}": count for state, count in sorted(states.items())},
            **self.done,
        }
