"""Devices with habits: they fail, hang, lie, repeat, replay, flood, sleep, and refuse to stop.

All of them keep maintenance windows, because a device is what keeps them.
"""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from device_agent.protocol import ddi
from tests.simulators.fleet import Json, SimDevice

CAUSES = ("download", "verify", "install", "trial")
FLOOD = 6  # feedbacks in one poll of a flooding device
HEARD = (200, 404, 410, 429)  # what may answer a device that talks nonsense


class Habit(StrEnum):
    """How a device behaves."""

    STEADY = "steady"
    FLAKY = "flaky"
    FAILING = "failing"
    HANGING = "hanging"
    LYING = "lying"
    REPEATING = "repeating"
    REPLAYING = "replaying"
    FLOODING = "flooding"
    SLEEPY = "sleepy"
    STUBBORN = "stubborn"


@dataclass
class DayDevice(SimDevice):
    """A device of the day; `strange` are addresses of other devices' actions."""

    habit: Habit = Habit.STEADY
    chance: random.Random = field(default_factory=random.Random)
    ahead: bool = False  # it has said that it downloaded, and waits for its window
    said: list[tuple[str, str, str]] = field(default_factory=list)  # final words, to say again
    strange: list[str] = field(default_factory=list)
    refusals: int = 0

    def round(self) -> None:
        """One poll, as the habit has it."""
        if self.habit is Habit.SLEEPY and self.chance.random() < 0.7:
            return
        self.stubborn = self.habit is Habit.STUBBORN
        if self.habit is Habit.REPLAYING:
            self._replay()
        self.poll()

    def _deploy(self, links: dict[str, str]) -> None:
        address = urlsplit(links["deploymentBase"]).path
        deployment = ddi.parse_deployment(self._get(links["deploymentBase"]))
        if self.holding != address:
            self.holding, self.ahead = address, False
            self.feedback(address, "proceeding", "none", ["working"])
            return
        if self.habit is Habit.HANGING:
            return
        if self.habit is Habit.FLOODING:
            for number in range(FLOOD):
                self._try(address, "download", "none", [f"{number} of {FLOOD}"])
        if deployment.update is ddi.Handling.SKIP:
            if not self.ahead:
                self.ahead = True
                self.feedback(address, "downloaded", "none", ["waits for its window"])
            return
        self.holding = ""
        self._finish(address, links, deployment)

    def _finish(self, address: str, links: dict[str, str], deployment: ddi.Deployment) -> None:
        odds = {Habit.FAILING: 1.0, Habit.FLAKY: 0.4}.get(self.habit, 0.02)
        if self.chance.random() < odds:
            word = self.chance.choice(CAUSES)
            self._final(address, "failure", f"{word}: simulated")
            return
        if self.habit is Habit.LYING:
            # It says that it did, and tells in its attributes what it runs indeed.
            self._final(address, "success", "of course")
            self._send("put", f"{self.base}/configData", self._truth())
            for other in self.strange:
                self._try(other, "closed", "success", ["not mine"])
            return
        document = self.client.get(urlsplit(links["instruction"]).path).content
        self._install(document, deployment)
        self._final(address, "success", "runs")

    def _final(self, address: str, finished: str, words: str) -> None:
        self.feedback(address, "closed", finished, [words])
        self.said.append((address, finished, words))
        if self.habit is Habit.REPEATING:
            for _ in range(2):
                self.feedback(address, "closed", finished, [words])

    def _replay(self) -> None:
        """Say old final words again, and their opposite."""
        if self.said and self.chance.random() < 0.5:
            address, finished, words = self.chance.choice(self.said)
            other = "success" if finished == "failure" else "failure"
            self._try(address, "closed", finished, [words])
            self._try(address, "closed", other, ["install: or so"])

    def _truth(self) -> Json:
        return {"mode": "merge", "data": {"release": self.running.get("release", "")}}

    def _try(self, address: str, execution: str, finished: str, details: list[str]) -> None:
        status = {"execution": execution, "result": {"finished": finished}, "details": details}
        answer = self.client.post(
            f"{address}/feedback", {"status": status}, content_type="application/json"
        )
        self.requests += 1
        self.refusals += answer.status_code != 200
        assert answer.status_code in HEARD, (address, answer.status_code, answer.content)
