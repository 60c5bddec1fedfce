"""What an older database believes about devices, and what they say: the device is right.

* In each epoch, a device's first word on what it runs is believed as it is. It has not fallen back:
  the database is another one. Its row and its slot say from then on what it said, and the audit log
  says what they had said.
* A release or an action that the database has never heard of is a trouble: this database is older
  than what devices were told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fleet.access import audit
from fleet.devices.models import Device
from fleet.lib.actor import Actor, ActorKind
from ota import epochs, troubles
from ota.models import Assignment, DeviceUpdateState, Release, TroubleKind
from ota.rollouts.running import IDENTITY, in_words
from ota.services.fallback import running_told, taken_before

OURS: Final = re.compile(r"rel_[0-9a-z]{20}")  # other clients have releases of their own


@dataclass(frozen=True)
class Word:
    """What a report means here: whether it is believed as it is, and what it corrects."""

    believed: bool = False
    corrects: Mapping[str, Any] | None = None


def heard(device: Device, said: Mapping[str, str]) -> Word:
    """Take what a device says it runs. Its first word in an epoch is believed, and so is one of a
    release that nobody here knows; every other is compared with what it took (`fallback`).
    """
    state = DeviceUpdateState.objects.filter(device=device).first()
    unknown = _is_unknown(said.get("release", ""))
    if unknown:
        _note(f"{device.controller_id} runs release {said['release']}")
    if state is None or (state.told_epoch == epochs.current() and not unknown):
        running_told(device=device, said=said)
        return Word()
    corrects = _corrects(device, said)
    if corrects:
        DeviceUpdateState.objects.filter(pk=state.pk).update(installed=taken_before(device, said))
    return Word(believed=True, corrects=corrects)


def record(device: Device, word: Word) -> None:
    """At the end of the transaction, as the audit log asks for."""
    if word.corrects:
        audit.record(
            by=Actor(ActorKind.DEVICE, device.public_id, device.controller_id),
            action="ota.running_correct",
            subject=device.public_id,
            detail=word.corrects,
        )


def action_told(device: Device, action: int) -> None:
    """A device speaks of an action. One that no row has, and no epoch explains, is a trouble."""
    if action >= epochs.begins_at() and not Assignment.objects.filter(pk=action).exists():
        _note(f"{device.controller_id} reports on action {action}")


def _note(what: str) -> None:
    if not troubles.lasts(TroubleKind.TOLD):  # one device is reason enough
        troubles.note(
            TroubleKind.TOLD,
            f"The database is older than what devices were told: {what}, "
            f"which it does not know. {troubles.GO_ON}",
        )


def _is_unknown(release: str) -> bool:
    ours = OURS.fullmatch(release) is not None
    return ours and not Release.objects.filter(public_id=release).exists()


def _corrects(device: Device, said: Mapping[str, str]) -> dict[str, Any] | None:
    known = device.running
    if all(said[key] == known.get(key, "") for key in IDENTITY if key in said):
        return None
    words = {"database": in_words(known), "device": in_words(said)}
    return {**words, "epoch": epochs.current()}
