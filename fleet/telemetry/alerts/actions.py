"""What a rule can do, by name: its own actions, and those of modules that others name at start.

Guarantees: an action happens once for an incident, a rule and a destination, whoever looks and
however often (a unique row is written first, and moved with the act in one transaction); what it
came to is kept beside the incident and in the audit log.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from django.db import transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor, system
from fleet.lib.db import compare_and_set
from fleet.lib.errors import FleetError, Refused
from fleet.telemetry.alerts.providers import PROVIDERS
from fleet.telemetry.alerts.rule import RuleAction
from fleet.telemetry.choices import ActionState, DestinationKind
from fleet.telemetry.models import ActionRun, AlertRule, Destination, Incident
from fleet.telemetry.monitor.notifications.emit import emit
from fleet.telemetry.monitor.notifications.events import (
    RETRAINING_REQUESTED,
    RULE_TOLD,
    EventType,
)
from fleet.telemetry.monitor.notifications.incidents import incident_data

log = logging.getLogger(__name__)
RULES: Final = system("alert rules")


@dataclass(frozen=True)
class ActionOrder:
    """What an action is given."""

    incident: Incident
    rule: str
    destination: Destination | None
    by: Actor = RULES


Act = Callable[[ActionOrder], str]  # returns a sentence; raises FleetError


@dataclass(frozen=True)
class Action:
    """One thing that can be done: `sends` to a destination of this kind, where it sends."""

    name: str
    sentence: str
    act: Act
    sends: DestinationKind | None = None


_KNOWN: Final[dict[str, Action]] = {}


def register(action: Action) -> None:
    """Make an action known under its name; a later one replaces an earlier one."""
    _KNOWN[action.name] = action


def actions() -> list[Action]:
    """Return every action, by name."""
    _load()
    return [_KNOWN[name] for name in sorted(_KNOWN)]


def action_get(name: str) -> Action:
    """Return an action. Raises Refused."""
    _load()
    if name not in _KNOWN:
        names = ", ".join(sorted(_KNOWN))
        raise Refused(f"No action is called {name[:40]!r}; known are {names}.")
    return _KNOWN[name]


def _load() -> None:
    for module in PROVIDERS:
        for action in import_module(module).ACTIONS:
            _KNOWN.setdefault(action.name, action)


def plan(incident: Incident, rule: AlertRule, steps: tuple[RuleAction, ...]) -> None:
    """Write down what has to be done; what was written before is not written again."""
    for step in steps:
        destination = Destination.objects.filter(public_id=step.destination).first()
        ActionRun.objects.get_or_create(
            incident=incident,
            rule=rule,
            action=step.action,
            target=step.destination,
            defaults={"rule_name": rule.name, "destination": destination},
        )


def run_planned() -> int:
    """Do what is planned; return how many there were."""
    rows = ActionRun.objects.filter(state=ActionState.PLANNED)
    planned = list(rows.select_related("incident__version__model", "destination"))
    for each in planned:
        _run(each)
    return len(planned)


def _run(row: ActionRun) -> None:
    try:
        with transaction.atomic():
            if not _ended(row, ActionState.DONE, ""):
                return  # another worker does it
            order = ActionOrder(row.incident, row.rule_name, row.destination)
            result = action_get(row.action).act(order)
            ActionRun.objects.filter(pk=row.pk).update(result=result[:300])
            _record(row, ActionState.DONE, result)
    except FleetError as error:
        _fail(row, error.message)
    except Exception as error:  # one action that breaks keeps no other from being done
        log.exception("the action %s of %s broke", row.action, row.incident)
        _fail(row, f"It stopped by {type(error).__name__}.")


@transaction.atomic
def _fail(row: ActionRun, reason: str) -> None:
    if _ended(row, ActionState.FAILED, reason):
        _record(row, ActionState.FAILED, reason)


def _ended(row: ActionRun, state: ActionState, result: str) -> bool:
    mine = ActionRun.objects.filter(pk=row.pk, state=ActionState.PLANNED)
    return compare_and_set(mine, state=state, result=result[:300], ended_at=clock.now())


def _record(row: ActionRun, state: ActionState, result: str) -> None:
    audit.record(
        by=RULES,
        action=f"telemetry.action_{state}",
        subject=row.incident.public_id,
        detail={"rule": row.rule_name, "action": row.action, "result": result[:300]},
    )


def _sent(event: EventType) -> Act:
    def act(order: ActionOrder) -> str:
        target = order.destination
        if target is None:
            raise Refused("The destination of this action was deleted.")
        if not target.enabled:
            raise Refused(f"The destination {target.name} is disabled: {target.disabled_reason}")
        data = {"rule": order.rule, "incident": incident_data(order.incident)}
        (row,) = emit(event, order.incident.public_id, data, to=[target])
        return f"{row.public_id} to {target.name}."

    return act


for _action in (
    Action("email", "Send an e-mail.", _sent(RULE_TOLD), DestinationKind.EMAIL),
    Action("webhook", "Call a webhook.", _sent(RULE_TOLD), DestinationKind.WEBHOOK),
    Action(
        "retrain",
        "Ask a pipeline to train the model again, by a webhook.",
        _sent(RETRAINING_REQUESTED),
        DestinationKind.WEBHOOK,
    ),
):
    register(_action)
