"""Moving names from version to version: only from where the caller believes they are.

Guarantees: two callers that move the same alias at once cannot both win; every move is kept; an
alias leads to an admitted version only.
"""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Stale
from registry.choices import VersionState
from registry.models import Alias, AliasMove, Model, ModelVersion
from registry.names import check_alias
from registry.selectors import require_standing


@transaction.atomic
def alias_move(
    *,
    model: Model,
    name: str,
    to: ModelVersion,
    expected: int | None,
    by: Actor,
    may_move_protected: bool = False,
) -> Alias:
    """Point `name` at `to`, if it points at version number `expected` now (None: at nothing)."""
    _check_target(model, to)
    alias = Alias.objects.filter(model=model, name=check_alias(name)).first()
    if alias is None:
        alias = _alias_make(model, name, to, expected)
        old = None
    else:
        old = alias.version
        _check_may_move(alias, may_move_protected=may_move_protected)
        if old.number != expected or not compare_and_set(_at(alias), version=to):
            raise _stale(model, name)
        alias.version = to
    AliasMove.objects.create(alias=alias, old=old, new=to, by=by.label)
    detail = {"model": model.name, "from": old.number if old else None, "to": to.number}
    audit.record(by=by, action="registry.alias_move", subject=str(alias), detail=detail)
    return alias


@transaction.atomic
def alias_protect(*, alias: Alias, protected: bool, by: Actor) -> Alias:
    """Let only those who may change access move the alias from now on, or lift that."""
    if compare_and_set(_at(alias).filter(protected=not protected), protected=protected):
        detail = {"protected": protected}
        audit.record(by=by, action="registry.alias_protect", subject=str(alias), detail=detail)
    alias.refresh_from_db()
    return alias


@transaction.atomic
def alias_remove(
    *, alias: Alias, expected: int | None, by: Actor, may_move_protected: bool = False
) -> None:
    """Take the name away, if it points at version number `expected` now."""
    _check_may_move(alias, may_move_protected=may_move_protected)
    at = alias.version.number
    if at != expected or not _at(alias).delete()[0]:
        raise _stale(alias.model, alias.name)
    detail = {"from": at, "to": None}
    audit.record(by=by, action="registry.alias_remove", subject=str(alias), detail=detail)


def _alias_make(model: Model, name: str, to: ModelVersion, expected: int | None) -> Alias:
    if expected is not None:
        raise _stale(model, name)
    try:
        with transaction.atomic():
            return Alias.objects.create(model=model, name=name, version=to)
    except IntegrityError as error:
        raise _stale(model, name) from error


def _check_target(model: Model, to: ModelVersion) -> None:
    if to.model_id != model.pk:
        raise Conflict(f"{to} is not a version of the model {model.name}.")
    if to.state != VersionState.ADMITTED:
        raise Conflict(f"{to} is {to.state}; an alias leads to admitted versions only.")
    require_standing(to)


def _check_may_move(alias: Alias, *, may_move_protected: bool) -> None:
    if alias.protected and not may_move_protected:
        raise Forbidden(f"The alias {alias.name} is protected; an administrator moves it.")


def _at(alias: Alias) -> QuerySet[Alias]:
    return Alias.objects.filter(pk=alias.pk, version_id=alias.version_id)


def _stale(model: Model, name: str) -> Stale:
    now = Alias.objects.filter(model=model, name=name).select_related("version").first()
    at = now.version.number if now else None
    where = "at nothing" if at is None else f"at version {at}"
    return Stale(f"The alias {name} points {where} now; read it again.", extra={"current": at})
