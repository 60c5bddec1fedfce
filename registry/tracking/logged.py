"""Logged models: folders that a client calls models."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, NotFound
from registry.choices import LoggedState
from registry.models import Experiment, LoggedModel, Run
from registry.tracking.bounds import check_key, merged


def logged_get(public_id: str) -> LoggedModel:
    """The logged model of that id. Raises NotFound."""
    rows = LoggedModel.objects.select_related("experiment", "run")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound(f"There is no logged model {public_id[:40]}.")
    return row


def logged_of(experiments: Iterable[Experiment]) -> QuerySet[LoggedModel]:
    """The logged models of some experiments, the newest first."""
    rows = LoggedModel.objects.filter(experiment__in=list(experiments))
    return rows.select_related("experiment", "run")


@transaction.atomic
def logged_create(
    *,
    experiment: Experiment,
    run: Run | None,
    name: str,
    kind: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    by: Actor,
) -> LoggedModel:
    """A logged model whose files are still to come."""
    if experiment.deleted:
        raise Conflict(f"The experiment {experiment.name} was put away.")
    row = LoggedModel(experiment=experiment, run=run, kind=kind, created_by=by.label)
    row.name = check_key(name or "model", "logged model")
    row.params = merged({}, params, "parameter")
    row.tags = merged({}, tags, "tag")
    row.save()
    detail = {"name": row.name, "run": run.public_id if run else None}
    audit.record(by=by, action="registry.logged_create", subject=row.public_id, detail=detail)
    return row


@transaction.atomic
def logged_change(
    *,
    logged: LoggedModel,
    state: LoggedState | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    without_tag: str | None = None,
) -> LoggedModel:
    """Say that its files have come, or more of it."""
    # Two calls that tag at once must not lose one another's tags.
    row = LoggedModel.objects.select_for_update(of=("self",)).get(pk=logged.pk)
    row.state = state or row.state
    row.params = merged(row.params, params or {}, "parameter")
    kept = {name: value for name, value in row.tags.items() if name != without_tag}
    row.tags = merged(kept, tags or {}, "tag")
    row.updated_at = clock.now()
    row.save()
    return logged_get(row.public_id)
