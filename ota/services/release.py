"""Releases: drafted by one, approved by another, published once, revoked when they must not spread.

* What is published is frozen: artifacts, digests, counter.
* The security counter of a model's releases never goes down, and the images that are shipped carry
  it: what was built with a lower one is built again.
* Publishing registers the version's telemetry schema, so that its devices' first report is known.
* A release may hold modules of other makers, beside a version's builds or alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Refused, Stale, Unprocessable
from fleet.telemetry import services as telemetry
from ota.choices import RequestKind
from ota.engine.states import LIVE, ReleaseState
from ota.engine.transitions import RELEASE, IllegalTransition, ReleaseStep, advance
from ota.models import Approval, Release, ReleaseModule, SoftwareModule
from ota.models.release import NOTES_MAX
from ota.releases import artifacts as release_artifacts
from ota.releases.counters import counter_floor, counter_floor_named
from ota.releases.modules import module_objections
from ota.releases.needs import checked_needs
from ota.releases.objections import counter_objections, objections
from ota.trust.admission import approval
from ota.trust.signer.signing_request import request_signature
from registry.choices import VersionState
from registry.models import ModelVersion
from registry.selectors import require_standing

COUNTER_MAX = 2**31 - 1
MODULES_MAX = 15  # of one release; devices are told of one more, that of its build


def person(by: Actor) -> str:
    """Return the person behind an actor: a token acts for the user who owns it."""
    return person_named(by.label)


def person_named(label: str) -> str:
    """Return the person behind the label of an actor."""
    return f"user:{label.split(' (token ', maxsplit=1)[0]}"


@transaction.atomic
def release_create(
    *,
    by: Actor,
    version: ModelVersion,
    modules: Sequence[SoftwareModule] = (),
    notes: str = "",
    counter: int | None = None,
    needs: Sequence[str] = (),
) -> Release:
    """Draft a release of an admitted version, with modules of other makers beside it."""
    if version.state != VersionState.ADMITTED:
        raise Conflict(f"Version {version} is {version.state}, only an admitted one is released.")
    require_standing(version)
    _require_bounds(notes, modules)
    values: dict[str, Any] = {
        "counter": _counter(counter_floor(version.model), counter),
        "notes": notes,
    }
    values["needs"] = checked_needs(needs)
    try:
        with transaction.atomic():
            release = Release.objects.create(
                version=version, created_by=person(by), created_label=by.label, **values
            )
    except IntegrityError as error:
        raise Conflict(f"Version {version} has a release already.", code="exists") from error
    _hold(release, modules)
    _record(by, "create", release, {"version": version.public_id, **values, **_names(modules)})
    release_artifacts.build_again(release, by)
    return release


@transaction.atomic
def release_create_named(
    *,
    by: Actor,
    name: str,
    label: str,
    modules: Sequence[SoftwareModule],
    notes: str = "",
    counter: int | None = None,
    needs: Sequence[str] = (),
) -> Release:
    """Draft a release of other makers' modules alone, under a name and a version of its own."""
    _require_bounds(notes, modules)
    values: dict[str, Any] = {
        "counter": _counter(counter_floor_named(name), counter),
        "notes": notes,
    }
    values["needs"] = checked_needs(needs)
    try:
        with transaction.atomic():
            release = Release.objects.create(
                name=name, own_label=label, created_by=person(by), created_label=by.label, **values
            )
    except IntegrityError as error:
        raise Conflict(f"{name} {label} has a release already.", code="exists") from error
    _hold(release, modules)
    _record(by, "create", release, {"name": name, "label": label, **values, **_names(modules)})
    return release


def _require_bounds(notes: str, modules: Sequence[SoftwareModule]) -> None:
    if len(notes) > NOTES_MAX:
        raise Refused(f"The notes have {len(notes)} characters; at most {NOTES_MAX} are accepted.")
    if len(modules) > MODULES_MAX:
        raise Refused(f"A release holds at most {MODULES_MAX} modules, not {len(modules)}.")


def _hold(release: Release, modules: Sequence[SoftwareModule]) -> None:
    unique = dict.fromkeys(modules)
    ReleaseModule.objects.bulk_create(
        ReleaseModule(release=release, module=module, position=at)
        for at, module in enumerate(unique)
    )


def _hold_still(release: Release) -> None:
    """Keep other transactions from changing the modules until this one has ended."""
    held = SoftwareModule.objects.filter(releases__release=release)
    list(held.select_for_update(of=("self",)).order_by("pk"))


def _names(modules: Sequence[SoftwareModule]) -> dict[str, Any]:
    return {"modules": [module.public_id for module in modules]} if modules else {}


def _counter(least: int, wanted: int | None) -> int:
    if wanted is None:
        return least
    if not least <= wanted <= COUNTER_MAX:
        raise Refused(f"The counter must be {least} or more: a security counter never goes down.")
    return wanted


@transaction.atomic
def release_approve(
    *,
    by: Actor,
    release: Release,
    remark: str = "",
    envelope: Mapping[str, Any] | None = None,
) -> Release:
    """Approve a release that someone else made; with one's own signature where that is asked for.

    Raises Conflict for a second yes of the same person, unless it adds the signature.
    """
    _hold_still(release)
    own = release.created_by == person(by)
    if own and not settings.EDGEFLEET_SELF_APPROVAL:
        raise Forbidden(
            "A release has to be approved by someone other than the person who made it."
        )
    if envelope is not None:
        if reasons := counter_objections(release_artifacts.all_facts(release)):
            raise Conflict(f"There is nothing to sign yet: {'; '.join(reasons)}.")
        approval.require_same(release, envelope)
    _move(release, ReleaseStep.APPROVE)
    _approve(release, by, {"label": by.label, "remark": remark[:500], "envelope": envelope})
    if release.state == ReleaseState.PUBLISHED:
        request_signature(release, RequestKind.PUBLISH)
    _record(by, "approve", release, {"self_approval": own, "signed": envelope is not None})
    return release


def _approve(release: Release, by: Actor, values: Mapping[str, Any]) -> None:
    made, created = Approval.objects.get_or_create(
        release=release, by=person(by), defaults=dict(values)
    )
    if created:
        return
    unsigned = Approval.objects.filter(pk=made.pk, envelope__isnull=True)
    if values["envelope"] is None or not compare_and_set(unsigned, **values):
        raise Conflict("You have approved this release already.", code="approved_already")


@transaction.atomic
def release_publish(*, by: Actor, release: Release) -> Release:
    """Freeze what devices get. Raises Unprocessable with every reason why it may not go."""
    _hold_still(release)
    _move(release, ReleaseStep.PUBLISH, published_at=clock.now())
    artifacts = release_artifacts.candidates(release.version)
    if reasons := publish_objections(release):
        sentence = f"Release {release.public_id} may not be published: {'; '.join(reasons)}."
        raise Unprocessable(sentence, code="release_gate", extra={"reasons": reasons})
    frozen = [release_artifacts.freeze(release, artifact) for artifact in artifacts]
    frozen += release_artifacts.freeze_modules(release, [row.target for row in frozen])
    if release.version is not None:
        telemetry.schema_register(release.version)
    request_signature(release, RequestKind.PUBLISH)
    _record(by, "publish", release, {a.target: a.sha256 for a in frozen})
    return release


def publish_objections(release: Release) -> list[str]:
    """Return every reason why a release may not be published."""
    facts, modules = release_artifacts.all_facts(release), release_artifacts.modules_of(release)
    found = objections(facts, settings.EDGEFLEET_ACCURACY_DROP_MAX, len(modules))
    return found + module_objections(modules)


@transaction.atomic
def release_revoke(*, by: Actor, release: Release, reason: str = "") -> Release:
    """Nobody new gets it; a rollout that still spreads it has to be ended first."""
    if len(reason) > NOTES_MAX:
        raise Refused(f"A reason has at most {NOTES_MAX} characters.")
    live = release.rollouts.filter(state__in=sorted(LIVE)).first()
    if live is not None:
        raise Conflict(
            f"Rollout {live.public_id} still spreads it: abort it or roll it back first."
        )
    published = release.state == ReleaseState.PUBLISHED
    _move(release, ReleaseStep.REVOKE)
    if published:
        request_signature(release, RequestKind.WITHDRAW)
    _record(by, "revoke", release, {"reason": reason.strip()} if reason.strip() else {})
    return release


def _move(release: Release, step: ReleaseStep, **changes: Any) -> None:
    try:
        target = advance(RELEASE, ReleaseState(release.state), step)
    except IllegalTransition as error:
        raise Conflict(f"Release {release.public_id}: {error}.", code="illegal_step") from error
    expected = Release.objects.filter(pk=release.pk, state=release.state)
    if not compare_and_set(expected, state=target, **changes):
        raise Stale(f"Release {release.public_id} was changed at the same time: look at it again.")
    release.refresh_from_db()


def _record(by: Actor, act: str, release: Release, detail: Mapping[str, Any]) -> None:
    audit.record(by=by, action=f"ota.release_{act}", subject=release.public_id, detail=detail)
