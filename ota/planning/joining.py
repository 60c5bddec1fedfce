"""Devices that come into a group while a rollout runs, and their places in its last wave.

A device that runs something newer than the release, or is about to, needs nothing of it: "at least
1.2" is kept.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import repeat

from django.db.models import Exists, F, Max, OuterRef, QuerySet

from fleet.devices import selectors as devices
from fleet.devices.models import Device
from ota.choices import UNFINISHED_VALUES
from ota.engine.states import Kind, ReleaseState
from ota.engine.waves import device_order
from ota.models import Assignment, Release, Rollout
from ota.planning.parts import Content, Part, draft_of, members_of, placed


def newcomers(rollout: Rollout) -> QuerySet[Device]:
    """Return the devices of the group that have no part in the rollout."""
    mine = Assignment.objects.filter(rollout=rollout, device=OuterRef("pk"), kind=Kind.UPDATE)
    return devices.group_members(rollout.group).filter(~Exists(mine.order_by()))


def joining_parts(
    rollout: Rollout, content: Content, now: datetime, whom: QuerySet[Device]
) -> Iterator[Part]:
    """Give the part of each newcomer, after all places that there are."""
    draft = draft_of(rollout)
    members, ahead = members_of(draft, content, now, whom), _ahead(rollout.release, whom)
    last = Assignment.objects.filter(rollout=rollout).aggregate(Max("position"))["position__max"]
    order = (members[name] for name in device_order(draft.key, members))
    told = (each._replace(skipped=each.skipped or ahead.get(each.device, "")) for each in order)
    wave = len(draft.rules.waves) - 1
    yield from placed(content, told, repeat(wave), 0 if last is None else last + 1)


def _ahead(release: Release, whom: QuerySet[Device]) -> dict[int, str]:
    """Return the devices that run a newer release, or are about to, and which."""
    newer = _newer(release)
    if not newer:
        return {}
    found = {}
    meant = whom.select_related(None).order_by()
    given = Assignment.objects.filter(
        device__in=meant.values("pk"),
        latest=True,
        kind=Kind.UPDATE,
        state__in=UNFINISHED_VALUES,
        release__public_id__in=list(newer),
    ).order_by()
    for device, name in given.values_list("device_id", "release__public_id"):
        found[device] = f"another rollout gives it {newer[name]}, which is newer"
    runs = meant.filter(running__release__in=list(newer)).annotate(runs=F("running__release"))
    for device, name in runs.values_list("pk", "runs"):
        found[device] = f"the device runs {newer[name]}, which is newer"
    return found


def _newer(release: Release) -> Mapping[str, str]:
    """Return the releases of the same product that came after it, with their titles."""
    rows = Release.objects.exclude(state=ReleaseState.REVOKED)
    if release.version is not None:
        version = release.version
        rows = rows.filter(version__model=version.model, version__number__gt=version.number)
    else:
        rows = rows.filter(version=None, name=release.name, published_at__gt=release.published_at)
    return {each.public_id: each.title for each in rows.select_related("version__model")}
