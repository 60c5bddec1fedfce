"""Who has approved a rollout's start and its waves, and what still waits for a yes.

A wave is approved when it is the next one, so that people see what came of those before it.
"""

from collections import Counter
from dataclasses import dataclass

from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import ROLLOUT_APPROVAL
from ota.engine.rules import Rules
from ota.engine.states import RolloutState, WaveState
from ota.models import Rollout, RolloutApproval, Wave
from ota.rollouts import policy
from ota.rollouts.news import rollout_data


@dataclass(frozen=True, slots=True)
class AwaitedApproval:
    """What waits for people: the start where there is no wave."""

    wave: Wave | None
    wanted: int
    given: tuple[RolloutApproval, ...]

    @property
    def missing(self) -> int:
        """How many more are wanted."""
        return max(0, self.wanted - len(self.given))

    @property
    def sentence(self) -> str:
        """It in words."""
        what = f"Wave {self.wave.index + 1}" if self.wave else "Its start"
        who = ", ".join(each.label for each in self.given)
        so_far = f"; approved by {who}" if who else ""
        return f"{what} waits for {_approvals(self.missing)}{so_far}."


def approved_waves(rollout: Rollout, rules: Rules) -> Counter[int]:
    """Return by how many people each wave was approved; asked only where a rule wants to know."""
    if not any(wave.approvals for wave in rules.waves):
        return Counter()
    rows = RolloutApproval.objects.filter(rollout=rollout, wave__isnull=False)
    return Counter(rows.values_list("wave__index", flat=True))


def awaited(rollout: Rollout) -> AwaitedApproval | None:
    """Return what a rollout waits for; None where nobody has to say anything now."""
    rules = policy.parse(rollout.policy)
    if rollout.state == RolloutState.DRAFT:
        return _missing(rollout, None, rules.start_approvals)
    asked = any(wave.approvals for wave in rules.waves)
    if not asked or rollout.state not in (RolloutState.RUNNING, RolloutState.PAUSED):
        return None
    wave = rollout.waves.exclude(state=WaveState.PASSED).first()
    if wave is None or wave.state != WaveState.PENDING:
        return None
    return _missing(rollout, wave, rules.waves[wave.index].approvals)


def approval_ask(rollout: Rollout) -> None:
    """Tell people that their word is wanted, in the transaction that made it so."""
    found = awaited(rollout)
    if found is not None:
        data = rollout_data(rollout, found.sentence)
        at = {"wave": found.wave.index} if found.wave else {}
        emit(ROLLOUT_APPROVAL, rollout.public_id, data | at)


def _missing(rollout: Rollout, wave: Wave | None, wanted: int) -> AwaitedApproval | None:
    if not wanted:
        return None
    given = RolloutApproval.objects.filter(rollout=rollout, wave=wave)
    found = AwaitedApproval(wave, wanted, tuple(given))
    return found if found.missing else None


def _approvals(count: int) -> str:
    return f"{count} more approval{'' if count == 1 else 's'}"
