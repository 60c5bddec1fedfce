"""Experiments: the first is there from the beginning, as clients expect.

Its number is 0 and its name "Default"; every other one has the number of its row.
"""

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor, system
from fleet.lib.errors import Conflict, NotFound, Refused
from registry.models import Experiment
from registry.tracking.bounds import check_key, merged

DEFAULT: Final = "Default"
DEFAULT_ID: Final = "0"


def experiment_id(experiment: Experiment) -> str:
    """The number of an experiment, as clients write it."""
    return DEFAULT_ID if experiment.name == DEFAULT else str(experiment.pk)


def experiments_all(*, deleted: bool | None = False) -> QuerySet[Experiment]:
    """Experiments, the newest first; `deleted=None` for all."""
    _default()
    rows = Experiment.objects.all()
    return rows if deleted is None else rows.filter(deleted=deleted)


def experiment_get(number: str) -> Experiment:
    """The experiment of that number. Raises NotFound."""
    if number == DEFAULT_ID:
        return _default()
    known = number.isascii() and number.isdigit() and len(number) < 19
    found = Experiment.objects.exclude(name=DEFAULT).filter(pk=int(number)) if known else None
    if found is None or (row := found.first()) is None:
        raise NotFound(f"There is no experiment {number[:40]}.")
    return row


def experiment_named(name: str) -> Experiment:
    """The experiment of that name. Raises NotFound."""
    if name == DEFAULT:
        return _default()
    row = Experiment.objects.filter(name=name).first()
    if row is None:
        raise NotFound(f"There is no experiment {name}.")
    return row


@transaction.atomic
def experiment_create(*, name: str, tags: dict[str, str], by: Actor) -> Experiment:
    """A new experiment. Raises Conflict for a name that is taken."""
    check_key(name, "experiment")
    try:
        with transaction.atomic():
            row = Experiment.objects.create(
                name=name, tags=merged({}, tags, "tag"), created_by=by.label
            )
    except IntegrityError as error:
        raise Conflict(f"There is an experiment {name} already.", code="exists") from error
    audit.record(by=by, action="registry.experiment_create", subject=name)
    return row


@transaction.atomic
def experiment_change(
    *,
    experiment: Experiment,
    by: Actor,
    name: str | None = None,
    tags: dict[str, str] | None = None,
    deleted: bool | None = None,
) -> Experiment:
    """Rename, tag, put away or bring back. Raises Refused for the first one, Conflict for a name
    that is taken.
    """
    if experiment.name == DEFAULT and (name is not None or deleted):
        raise Refused("The experiment 0 stays, and keeps its name.")
    # Two calls that tag at once must not lose one another's tags.
    row = Experiment.objects.select_for_update().get(pk=experiment.pk)
    row.name = row.name if name is None else check_key(name, "experiment")
    row.tags = merged(row.tags, tags or {}, "tag")
    row.deleted = row.deleted if deleted is None else deleted
    row.updated_at = clock.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(f"There is an experiment {name} already.", code="exists") from error
    if name is not None or deleted is not None:
        detail = {"name": row.name, "deleted": row.deleted}
        action = "registry.experiment_change"
        audit.record(by=by, action=action, subject=experiment.name, detail=detail)
    return row


def _default() -> Experiment:
    by = system("registry").label
    row, _ = Experiment.objects.get_or_create(name=DEFAULT, defaults={"created_by": by})
    return row
