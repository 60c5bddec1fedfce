"""What alert rules may do to a rollout: pause it, or roll it back."""

from typing import Final

from fleet.lib.errors import Conflict
from fleet.telemetry.alerts.actions import Action, ActionOrder
from ota import selectors
from ota.engine.states import LIVE
from ota.models import Rollout
from ota.services.rollout import rollout_pause, rollout_roll_back


def _pause(order: ActionOrder) -> str:
    rollout = _related(order)
    rollout_pause(by=order.by, rollout=rollout, reason=_reason(order))
    return f"{rollout.public_id} was paused."


def _roll_back(order: ActionOrder) -> str:
    rollout = _related(order)
    rollout_roll_back(by=order.by, rollout=rollout, reason=_reason(order))
    return f"{rollout.public_id} is rolled back."


ACTIONS: Final = (
    Action("pause_rollout", "Pause the rollout of the incident's version.", _pause),
    Action("roll_back_rollout", "Roll back the rollout of the incident's version.", _roll_back),
)


def _related(order: ActionOrder) -> Rollout:
    """Return the live rollout of the version, else the one that the incident is related to."""
    version = order.incident.version_id
    live = selectors.rollouts().filter(release__version_id=version, state__in=sorted(LIVE)).first()
    if live is not None:
        return live
    if not order.incident.rollout:
        raise Conflict("No rollout brought this version, so there is nothing to stop.")
    return selectors.rollout_get(order.incident.rollout)


def _reason(order: ActionOrder) -> str:
    incident = order.incident
    return f"The rule {order.rule!r} told of {incident.cause} ({incident.public_id})"
