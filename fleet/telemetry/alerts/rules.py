"""Rules as people keep them, and the back-test of a draft."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.labels.query import parse_query
from fleet.lib import clock, jobs
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, FleetError, NotFound, Refused, at_field
from fleet.telemetry import selectors
from fleet.telemetry.alerts.actions import action_get
from fleet.telemetry.alerts.evaluate import scope_of
from fleet.telemetry.alerts.handling import checked_link
from fleet.telemetry.alerts.report import report
from fleet.telemetry.alerts.rule import Rule, RuleAction
from fleet.telemetry.alerts.stored import recorded
from fleet.telemetry.alerts.written import BadRule, rule_of, terms_of
from fleet.telemetry.models import AlertRule, BacktestRun, TelemetrySchema

log = logging.getLogger(__name__)
RULES_MAX: Final = 200
INLINE_MAX: Final = 10_000  # device hours that are judged while the caller waits: some seconds
BACKTEST_MAX: Final = 4_000_000  # device hours of one back-test
BACKTEST_TASK: Final = "fleet.telemetry.tasks.backtest_run"
LEASE_SECONDS: Final = 900.0  # longer than the largest back-test
ATTEMPTS: Final = 2
LOST_AFTER: Final = timedelta(minutes=2)
KEPT: Final = timedelta(days=7)


@transaction.atomic
def rule_create(*, name: str, terms: Mapping[str, Any], by: Actor, owner: str = "") -> AlertRule:
    """Return a new rule. Raises Refused, Conflict."""
    if AlertRule.objects.count() >= RULES_MAX:
        raise Conflict(f"There are {RULES_MAX} rules: delete one first.")
    row = AlertRule(
        name=_checked_name(name), owner=_owner(owner), terms=terms_of(checked_rule(terms))
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        message = f"There is already a rule {row.name!r}."
        raise Conflict(message, extra={"field": "name"}) from error
    _record(row, "create", by, terms=row.terms)
    return row


@transaction.atomic
def rule_edit(
    *,
    rule: AlertRule,
    by: Actor,
    terms: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    owner: str | None = None,
) -> AlertRule:
    """Change some fields of a rule; the others stay. Raises Refused."""
    changes: dict[str, Any] = {}
    if terms:
        changes["terms"] = terms_of(checked_rule({**rule.terms, **terms}))
    if enabled is not None:
        changes["enabled"] = enabled
    if owner is not None:
        changes["owner"] = _owner(owner)
    compare_and_set(AlertRule.objects.filter(pk=rule.pk), **changes)
    rule.refresh_from_db()
    _record(rule, "edit", by, changed=sorted(terms or {}), enabled=rule.enabled)
    return rule


@transaction.atomic
def rule_delete(*, rule: AlertRule, by: Actor) -> None:
    """Remove a rule; what it did stays with its incidents."""
    _record(rule, "delete", by)
    rule.delete()


def checked_rule(terms: Mapping[str, Any]) -> Rule:
    """Return the rule that the terms say. Raises Refused where they name what is not there."""
    try:
        rule = rule_of(terms)
    except BadRule as error:
        raise Refused(str(error)) from error
    with at_field("labels"):
        if rule.labels:
            parse_query(rule.labels)
    with at_field("runbook"):
        checked_link(rule.runbook)
    with _require_known("groups"):
        for name in rule.groups:
            devices.group_get(name)
    with _require_known("versions"):
        for version in rule.versions:
            selectors.version_get(version)
    with _require_known("actions"):
        for step in rule.actions:
            _check_step(step)
        if len(set(rule.actions)) < len(rule.actions):
            raise Refused("An action is named twice.")
    return rule


@contextmanager
def _require_known(name: str) -> Iterator[None]:
    """What a field of a rule names has to be there."""
    with at_field(name):
        try:
            yield
        except NotFound as error:
            raise Refused(error.message) from error


def _check_step(step: RuleAction) -> None:
    action = action_get(step.action)
    if action.sends is None:
        if step.destination:
            raise Refused(f"The action {action.name} has no destination.")
        return
    if not step.destination:
        raise Refused(f"The action {action.name} needs a destination: give its id.")
    if selectors.destination_get(step.destination).kind != action.sends:
        raise Refused(f"The action {action.name} needs a destination of kind {action.sends}.")


def backtest_start(*, terms: Mapping[str, Any], by: Actor) -> BacktestRun:
    """Try a draft on the stored windows: at once where they are few, else in a worker.

    Raises Refused.
    """
    rule = checked_rule(terms)
    size = sum(recorded.size(each) for each in _schemas(rule))
    if size > BACKTEST_MAX:
        raise Refused(
            f"The draft reaches over {size} device hours, at most {BACKTEST_MAX} are judged: "
            "name the models or versions that it is about."
        )
    BacktestRun.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    row = BacktestRun.objects.create(terms=terms_of(rule), requested_by=by.label[:200])
    if size <= INLINE_MAX:
        backtest_run(row.pk)
        row.refresh_from_db()
    else:
        jobs.enqueue(BACKTEST_TASK, row.pk)
    return row


def backtest_run(run_id: int) -> None:
    """Do a back-test, unless it is done or another worker holds it."""
    mine = BacktestRun.objects.filter(pk=run_id)
    fence = jobs.claim(
        mine, worker="backtest", now=clock.now(), lease_seconds=LEASE_SECONDS, attempts=ATTEMPTS
    )
    if fence is None:
        return
    try:
        found = retold(rule_of(mine.get().terms))
    except FleetError as error:
        _end(run_id, fence, jobs.JobState.REFUSED, last_error=error.message)
        return
    _end(run_id, fence, jobs.JobState.SUCCEEDED, result=found)


def backtests_sweep() -> None:
    """Wake back-tests whose message or worker was lost."""
    jobs.sweep(
        BacktestRun.objects.all(),
        task_name=BACKTEST_TASK,
        now=clock.now(),
        lost_after=LOST_AFTER,
        attempts=ATTEMPTS,
    )


def retold(rule: Rule) -> dict[str, Any]:
    """Return what the rule would have done in the last month, as plain JSON."""
    runs = [recorded.recorded(each) for each in _schemas(rule)]
    return report(rule, scope_of(rule), runs, since=clock.now() - timedelta(days=recorded.DAYS))


def _end(run_id: int, fence: int, state: jobs.JobState, **changes: Any) -> None:
    mine = BacktestRun.objects.filter(pk=run_id)
    jobs.finish(mine, fence=fence, state=state, finished_at=clock.now(), **changes)


def _schemas(rule: Rule) -> list[TelemetrySchema]:
    since: datetime = clock.now() - timedelta(days=recorded.DAYS)
    return [
        each
        for each in selectors.schemas_with_news(since)
        if (not rule.models or each.version.model.name in rule.models)
        and (not rule.versions or each.version.public_id in rule.versions)
    ]


def _owner(username: str) -> User | None:
    if not username:
        return None
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise Refused(f"Nobody is called {username[:80]!r}.")
    return found


def _checked_name(name: str) -> str:
    if not name.strip() or name != name.strip():
        raise Refused("A rule needs a name, without spaces at its ends.", extra={"field": "name"})
    return name


def _record(row: AlertRule, act: str, by: Actor, **detail: Any) -> None:
    action = f"telemetry.rule_{act}"
    audit.record(by=by, action=action, subject=row.public_id, detail={"name": row.name, **detail})
