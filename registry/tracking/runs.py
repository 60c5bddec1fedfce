"""Runs: what a training says of itself while it goes on.

Guarantees: a parameter has one value for good; a metric's newest value is that of its highest step;
calls that arrive at once lose nothing of one another; a run that was put away takes nothing more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, NotFound, Refused, TooLarge
from registry.choices import RunState
from registry.models import RUN_NAME_MAX, Experiment, MetricPoint, Run
from registry.tracking.bounds import INPUTS_MAX, POINTS_MAX, check_key, merged, number_of

NAME_TAG: Final = "mlflow.runName"


@dataclass(frozen=True)
class MetricNews:
    """One value of a metric, at a step and a time in milliseconds since 1970."""

    key: str
    value: float | str
    step: int
    at_ms: int


@dataclass(frozen=True)
class News:
    """What a run has to tell."""

    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    points: Sequence[MetricNews] = ()


def run_get(public_id: str) -> Run:
    """The run of that id. Raises NotFound."""
    row = Run.objects.select_related("experiment").filter(public_id=public_id).first()
    if row is None:
        raise NotFound(f"There is no run {public_id[:40]}.")
    return row


def runs_of(experiments: Iterable[Experiment], *, deleted: bool | None) -> QuerySet[Run]:
    """The runs of some experiments, the newest first; `deleted=None` for all."""
    rows = Run.objects.filter(experiment__in=list(experiments)).select_related("experiment")
    return rows if deleted is None else rows.filter(deleted=deleted)


def curve(run: Run, key: str) -> QuerySet[MetricPoint]:
    """Every value of a metric, by step."""
    return MetricPoint.objects.filter(run=run, key=key)


@transaction.atomic
def run_create(
    *,
    experiment: Experiment,
    name: str,
    tags: Mapping[str, str],
    started_ms: int | None,
    by: Actor,
) -> Run:
    """A run that goes on. Raises Conflict for an experiment that was put away."""
    if experiment.deleted:
        raise Conflict(f"The experiment {experiment.name} was put away.")
    now_ms = int(clock.now().timestamp() * 1000)
    run = Run(experiment=experiment, started_ms=started_ms or now_ms, created_by=by.label)
    run.name = _checked_name(name or tags.get(NAME_TAG, "") or f"run {run.public_id[:6]}")
    run.tags = merged({}, {**tags, NAME_TAG: run.name}, "tag")
    run.save()
    detail = {"experiment": experiment.name, "name": run.name}
    audit.record(by=by, action="registry.run_create", subject=run.public_id, detail=detail)
    return run


def run_log(*, run: Run, news: News) -> Run:
    """Take parameters, tags and values of metrics. Raises Refused, TooLarge or Conflict."""
    if not (news.params or news.tags or news.points):
        return run

    def take(row: Run) -> None:
        if other := [k for k, v in news.params.items() if row.params.get(k, v) != v]:
            raise Refused(
                f"The parameter {other[0]} is {row.params[other[0]]!r}, and has one value for good."
            )
        row.params = merged(row.params, news.params, "parameter")
        row.tags = merged(row.tags, news.tags, "tag")
        row.name = _checked_name(news.tags.get(NAME_TAG) or row.name)
        _take_points(row, news.points)

    return _changed(run, take)


def run_forget_tag(*, run: Run, key: str) -> Run:
    """Take a tag away. Raises NotFound."""

    def take(row: Run) -> None:
        if key not in row.tags:
            raise NotFound(f"The run has no tag {key[:40]}.")
        row.tags = {name: value for name, value in row.tags.items() if name != key}

    return _changed(run, take)


def run_note(*, run: Run, inputs: Sequence[Any] = (), outputs: Sequence[Any] = ()) -> Run:
    """Keep which datasets a run read and which models it gave."""

    def take(row: Run) -> None:
        row.inputs = [*row.inputs, *(one for one in inputs if one not in row.inputs)]
        row.outputs = [*row.outputs, *(one for one in outputs if one not in row.outputs)]
        if max(len(row.inputs), len(row.outputs)) > INPUTS_MAX:
            raise TooLarge(f"A run has at most {INPUTS_MAX} datasets, and as many models.")

    return _changed(run, take)


@transaction.atomic
def run_update(
    *, run: Run, state: RunState | None, ended_ms: int | None, name: str | None, by: Actor
) -> Run:
    """Say how the run goes, or what it is called; its end is in the audit log."""

    def take(row: Run) -> None:
        row.state = state or row.state
        row.ended_ms = row.ended_ms if ended_ms is None else ended_ms
        if name:
            row.name = _checked_name(name)
            row.tags = merged(row.tags, {NAME_TAG: name}, "tag")

    row = _changed(run, take)
    if row.state != run.state:
        detail = {"state": str(row.state)}
        audit.record(by=by, action="registry.run_state", subject=row.public_id, detail=detail)
    return row


@transaction.atomic
def run_put_away(*, run: Run, deleted: bool, by: Actor) -> None:
    """Take a run off the lists, or bring it back; what it logged stays."""
    if Run.objects.filter(pk=run.pk, deleted=not deleted).update(deleted=deleted):
        detail = {"deleted": deleted}
        audit.record(by=by, action="registry.run_put_away", subject=run.public_id, detail=detail)


@transaction.atomic
def _changed(run: Run, change: Callable[[Run], None]) -> Run:
    # Autologging speaks from several threads: without the lock, one document would win.
    row = Run.objects.select_for_update().get(pk=run.pk)
    if row.deleted:
        raise Conflict(f"The run {row.name} was put away; bring it back first.")
    change(row)
    row.updated_at = clock.now()
    row.save()
    return row


def _take_points(row: Run, points: Sequence[MetricNews]) -> None:
    newest = dict(row.metrics)
    rows = []
    for point in points:
        value, word = number_of(point.value)
        check_key(point.key, "metric")
        rows.append(
            MetricPoint(
                run=row, key=point.key, value=value, word=word, step=point.step, at_ms=point.at_ms
            )
        )
        last = newest.get(point.key)
        if last is None or (last["step"], last["at_ms"]) <= (point.step, point.at_ms):
            shown = word or value
            newest[point.key] = {"value": shown, "step": point.step, "at_ms": point.at_ms}
    row.points += len(rows)
    if row.points > POINTS_MAX:
        raise TooLarge(f"A run has at most {POINTS_MAX} values of metrics.")
    row.metrics = merged({}, newest, "metric")
    MetricPoint.objects.bulk_create(rows, ignore_conflicts=True)


def _checked_name(name: str) -> str:
    if len(name) > RUN_NAME_MAX or not name.isprintable():
        raise Refused(f"The name of a run has up to {RUN_NAME_MAX} printable characters.")
    return name
