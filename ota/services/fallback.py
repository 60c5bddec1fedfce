"""A device that says that it runs something else than it was told and had taken.

* Its assignment has failed after all, with a cause of its own, and its rollout is told and judged.
* An update that is under way is not a fall-back: a device may speak of an update before its last
  word on it is here.
* A report that tells names only counts where they are those of another version that we know: other
  clients call their hardware a model, and its revision a version.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from fleet.devices import services as devices
from fleet.devices.choices import EventKind
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.jobs import enqueue
from ota.engine.states import AssignmentState, FailureCause
from ota.engine.transitions import AssignmentStep
from ota.models import Assignment, DeviceUpdateState, RolloutEvent
from ota.rollouts.running import denies, in_words, installed_by, names_another
from ota.rollouts.transitions import TICK_TASK, assignment_transition
from registry.models import ModelVersion

RELATED = ("release__version__model", "artifact", "rollout", "wave")
NOT_TAKEN = (AssignmentState.PLANNED, AssignmentState.ASSIGNED, AssignmentState.CANCELLED)


@transaction.atomic
def running_told(*, device: Device, said: Mapping[str, str]) -> bool:
    """Compare a report with what the device took last; whether it has fallen back."""
    state = DeviceUpdateState.objects.filter(device=device).first()
    rows = Assignment.objects.filter(device=device).select_related(*RELATED)
    if state is None or state.installed_id is None:
        return False
    row = rows.get(pk=state.installed_id)
    if row.state != AssignmentState.SUCCEEDED or not _another(said, row):
        return False
    later = rows.filter(pk__gt=row.pk, assigned_at__isnull=False).exclude(state__in=NOT_TAKEN)
    if said.get("release") != "" and any(not _another(said, other) for other in later):
        return False
    return _fall(device, row, said)


def _another(said: Mapping[str, str], row: Assignment) -> bool:
    wanted = installed_by(row)
    if denies(said, wanted):
        return True
    return names_another(said, wanted) and _is_known_version({**wanted, **said})


def _is_known_version(named: Mapping[str, str]) -> bool:
    return ModelVersion.objects.filter(model__name=named["model"], label=named["version"]).exists()


def _fall(device: Device, row: Assignment, said: Mapping[str, str]) -> bool:
    now, runs = clock.now(), in_words(said)
    text = f"it reports that it runs {runs}"
    changes: dict[str, Any] = {"cause": FailureCause.FELL_BACK, "detail": {"said": dict(said)}}
    if not assignment_transition(row, AssignmentStep.FALL_BACK, now=now, text=text, **changes):
        return False
    sentence = f"fell back by itself from {row.release.title}: {text}"
    RolloutEvent.objects.create(
        rollout=row.rollout,
        wave=row.wave,
        step=AssignmentStep.FALL_BACK,
        state=row.rollout.state,
        text=f"{device.controller_id} {sentence}",
        actor=f"device {device.controller_id}",
        at=now,
    )
    detail = {"assignment": row.public_id, "release": row.release.public_id, "cause": row.cause}
    devices.device_event(device, EventKind.UPDATE, f"It {sentence}", detail)
    DeviceUpdateState.objects.filter(device=device).update(installed=taken_before(device, said))
    enqueue(TICK_TASK, row.rollout_id)
    return True


def taken_before(device: Device, said: Mapping[str, str]) -> Assignment | None:
    """Return the assignment by which the device once got what it runs now, if one of ours did."""
    rows = Assignment.objects.filter(device=device, state=AssignmentState.SUCCEEDED)
    found = (row for row in rows.select_related(*RELATED).order_by("-pk"))
    return next((row for row in found if not _another(said, row)), None)
