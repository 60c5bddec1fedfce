"""Which agents use a device's key: noted at each session, suspected by `clones`, ended by people.

Guarantees: a device is flagged once and told of once, in its timeline and in the audit log, until
an operator dismisses the flag with a reason or revokes the key; a revoked or replaced key is never
accepted again, from any device.
"""

from typing import Final

from django.db import transaction
from django.db.models import F

from fleet.access import audit
from fleet.devices import lifecycle
from fleet.devices.choices import DeviceState, EventKind
from fleet.devices.keys.clones import (
    AgentRun,
    CloneFinding,
    CloneSign,
    dump_runs,
    finding,
    follow,
    load_runs,
)
from fleet.devices.models import Device, KeyUse, RetiredKey
from fleet.devices.models.key import REASON_MAX
from fleet.devices.services import device_event
from fleet.devices.signals import device_leaves
from fleet.lib import clock
from fleet.lib.actor import Actor, system
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Refused, Stale

WATCH: Final = system("key watch")
DISMISSED_MAX: Final = 100  # names of runs that are remembered as looked at


def key_used(device: Device, run: AgentRun) -> None:
    """Note a session. The caller holds a transaction and has just won the device's row in it."""
    use, _ = KeyUse.objects.get_or_create(device=device)
    recent = follow(load_runs(use.recent), run)
    use.recent = dump_runs(recent)
    found = finding(recent, use.dismissed)
    if found is not None:
        _suspect(device, use, found)
    use.save(update_fields=("recent", "evidence"))


@transaction.atomic
def key_enrolled_elsewhere(*, fingerprint: str, controller_id: str, address: str) -> None:
    """Note that a device of another name proved to hold this key."""
    device = Device.objects.filter(key_fingerprint=fingerprint).first()
    if device is None:
        return
    use, _ = KeyUse.objects.get_or_create(device=device)
    if controller_id not in use.dismissed:
        now = clock.now()
        run = AgentRun(controller_id, None, address, now, now)
        _suspect(device, use, CloneFinding(CloneSign.ENROLMENT, (run,)))
        use.save(update_fields=("evidence",))


@transaction.atomic
def key_dismiss(*, device: Device, by: Actor, reason: str) -> Device:
    """Record that no two devices share the key now. Raises Refused, Conflict, Stale."""
    _require_reason(reason)
    if device.suspected_at is None:
        raise Conflict("Nobody suspects two devices here.", code="not_suspected")
    expected = Device.objects.filter(pk=device.pk, suspected_at=device.suspected_at)
    if not compare_and_set(expected, suspected_at=None):
        raise Stale("Somebody else looked at this first.")
    use = KeyUse.objects.get(device=device)
    known = {run["instance"] for run in (*use.recent, *use.evidence.get("runs", []))}
    use.dismissed = [*dict.fromkeys([*use.dismissed, *sorted(known)])][-DISMISSED_MAX:]
    use.save(update_fields=("dismissed",))
    text = f"Two devices on one key: dismissed by {by.label}: {reason}"
    device_event(device, EventKind.CREDENTIAL, text, use.evidence)
    detail = {"reason": reason, "sign": use.evidence.get("sign", "")}
    audit.record(by=by, action="devices.key_dismiss", subject=device.public_id, detail=detail)
    device.refresh_from_db()
    return device


@transaction.atomic
def key_revoke(*, device: Device, by: Actor, reason: str) -> Device:
    """Revoke a device's key: nobody who has it gets in, and the device must enrol again.

    Raises Refused, Conflict, Stale.
    """
    _require_reason(reason)
    state = lifecycle.after(DeviceState(device.state), lifecycle.Act.REVOKE_KEY)
    if not device.key_fingerprint:
        raise Conflict("This device has no key that could be revoked.", code="no_key")
    ended = f"the device's key was revoked by {by.label}"
    device_leaves.send(sender=Device, device=device, reason=ended)
    key_retire(device, reason)
    same = {"key_fingerprint": device.key_fingerprint, "state": device.state}
    changes = {"public_key": "", "key_fingerprint": "", "awaits_key": True, "instance": ""}
    expected = Device.objects.filter(pk=device.pk, **same)
    if not compare_and_set(expected, suspected_at=None, state=state, **changes):
        raise Stale("Somebody else changed this device first.")
    KeyUse.objects.filter(device=device).delete()
    device_event(device, EventKind.CREDENTIAL, f"Key revoked by {by.label}: {reason}")
    detail = {"key": device.key_fingerprint, "reason": reason}
    audit.record(by=by, action="devices.key_revoke", subject=device.public_id, detail=detail)
    device.refresh_from_db()
    return device


def key_retire(device: Device, reason: str) -> None:
    """Remember that the device's current key is retired."""
    RetiredKey.objects.get_or_create(
        fingerprint=device.key_fingerprint, defaults={"device": device, "reason": reason}
    )


def _suspect(device: Device, use: KeyUse, found: CloneFinding) -> None:
    use.evidence = {"sign": found.sign, "runs": dump_runs(found.runs)}
    fresh = Device.objects.filter(pk=device.pk, suspected_at=None)
    # updated_at stays: it guards people's edits, and this is none.
    if not compare_and_set(fresh, suspected_at=clock.now(), updated_at=F("updated_at")):
        return
    text = f"Two devices seem to use one key: {found.sign}"
    device_event(device, EventKind.CREDENTIAL, text, use.evidence)
    addresses = sorted({run.address for run in found.runs})
    detail = {"sign": found.sign, "key": device.key_fingerprint, "addresses": addresses}
    audit.record(by=WATCH, action="devices.key_suspect", subject=device.public_id, detail=detail)


def _require_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= REASON_MAX or not reason.isprintable():
        raise Refused(f"Give a reason of 1 to {REASON_MAX} printable characters.")
