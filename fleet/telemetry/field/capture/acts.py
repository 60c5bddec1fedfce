"""What people do with captures: ask, approve, refuse, stop. Each is one transaction with its audit
entry.

Guarantees: no device keeps a sample before a person has approved, who is another one than the
asker unless the installation says otherwise; a device has one open capture at a time.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from device_agent.protocol.field.capture import Pick
from fleet.access import audit
from fleet.devices import selectors as devices
from fleet.devices.choices import DeviceState
from fleet.devices.models import Device, Group
from fleet.lib import clock
from fleet.lib.actor import Actor
from fleet.lib.db import compare_and_set
from fleet.lib.errors import Conflict, Forbidden, Refused, Stale, Unprocessable
from fleet.telemetry import selectors
from fleet.telemetry.choices import CAPTURE_STEPS, CaptureState
from fleet.telemetry.field.capture.key import public_key
from fleet.telemetry.ingest.counts.layout import schema_of
from fleet.telemetry.models import CapturePart, CaptureRequest, Incident
from registry.models import ModelVersion

DEVICES_MAX: Final = 500  # of one capture
REQUEST_BYTES_MAX: Final = 256 * 1024 * 1024  # that all devices of one capture may hand in
BATCH: Final = 500
S = CaptureState


@transaction.atomic
def capture_ask(
    *,
    version: ModelVersion,
    by: Actor,
    reason: str,
    samples: int,
    bytes_max: int,
    hours: float,
    group: Group | None = None,
    incident: Incident | None = None,
    pick: str = Pick.UNIFORM,
    feature: str = "",
    bin_index: int = 0,
) -> CaptureRequest:
    """Ask for samples of a group's or an incident's devices. Raises Refused, Unprocessable."""
    if (group is None) == (incident is None):
        raise Refused("Name a group or an incident whose devices are asked, not both.")
    if incident is not None and incident.version_id != version.pk:
        raise Refused("The incident is about another version.")
    request = CaptureRequest.objects.create(
        version=version,
        group=group,
        incident=incident,
        pick=pick,
        feature=_feature(version, feature, bin_index) if pick == Pick.BIN else 0,
        bin=bin_index if pick == Pick.BIN else 0,
        samples=samples,
        bytes_max=bytes_max,
        hours=hours,
        reason=reason,
        asked_id=f"{by.kind}:{by.id}",
        asked_by=by.label,
    )
    detail = {
        "version": version.public_id,
        "scope": group.name if group else incident.public_id if incident else "",
        "pick": pick,
        "samples": samples,
        "bytes_max": bytes_max,
        "hours": hours,
        "reason": reason,
    }
    _record(request, "ask", by, detail)
    return request


@transaction.atomic
def capture_approve(*, request: CaptureRequest, by: Actor) -> CaptureRequest:
    """Have the devices collect. Raises Forbidden for the asker, Conflict, Unprocessable."""
    if settings.EDGEFLEET_CAPTURE_FOUR_EYES and request.asked_id == f"{by.kind}:{by.id}":
        raise Forbidden("Another person than the one who asked has to approve a capture.")
    members = list(scope(request).order_by("pk").values_list("pk", flat=True)[: DEVICES_MAX + 1])
    _require_room(request, members)
    now = clock.now()
    _move(
        request,
        S.COLLECTING,
        decided_by=by.label,
        key=public_key(),
        until=now + timedelta(hours=request.hours),
    )
    CapturePart.objects.bulk_create(
        (CapturePart(request=request, device_id=key) for key in members), batch_size=BATCH
    )
    _record(request, "approve", by, {"devices": len(members)})
    return request


@transaction.atomic
def capture_refuse(*, request: CaptureRequest, by: Actor, reason: str = "") -> CaptureRequest:
    """Say no. Raises Conflict, Stale."""
    _move(request, S.REFUSED, decided_by=by.label, outcome=reason, finished_at=clock.now())
    _record(request, "refuse", by, {"reason": reason})
    return request


@transaction.atomic
def capture_stop(*, request: CaptureRequest, by: Actor, reason: str = "") -> CaptureRequest:
    """Have the devices end it, and drop what they handed in. Raises Conflict, Stale."""
    _move(request, S.STOPPED, outcome=reason, finished_at=clock.now())
    request.parts.filter(open=True).update(open=False, reason="The capture was stopped.")
    _record(request, "stop", by, {"reason": reason})
    return request


def scope(request: CaptureRequest) -> QuerySet[Device]:
    """Return the accepted devices that a request is for."""
    if request.group is not None:
        return devices.group_members(request.group)
    evidence = request.incident.evidence if request.incident else {}
    named = Device.objects.filter(public_id__in=evidence.get("devices", []))
    return named.filter(state=DeviceState.ACCEPTED)


def _move(request: CaptureRequest, to: CaptureState, **changes: Any) -> None:
    if request.state not in CAPTURE_STEPS[to]:
        raise Conflict(f"A capture that is {request.state} cannot become {to}.")
    expected = CaptureRequest.objects.filter(pk=request.pk, state=request.state)
    if not compare_and_set(expected, state=to, **changes):
        raise Stale("Somebody else changed this capture first.")
    request.refresh_from_db()


def _require_room(request: CaptureRequest, members: list[int]) -> None:
    if not members:
        raise Unprocessable("No accepted device is in the capture's scope.")
    if len(members) > DEVICES_MAX:
        raise Unprocessable(f"A capture asks at most {DEVICES_MAX} devices.")
    if len(members) * request.bytes_max > REQUEST_BYTES_MAX:
        raise Unprocessable(
            f"{len(members)} devices of {request.bytes_max} bytes are more than a capture's "
            f"{REQUEST_BYTES_MAX}; ask for fewer bytes of each."
        )
    busy = CapturePart.objects.filter(device__in=members, open=True).select_related("request")
    if (other := busy.first()) is not None:
        raise Conflict(f"Devices of this scope collect for {other.request.public_id}.")


def _feature(version: ModelVersion, name: str, bin_index: int) -> int:
    schema = selectors.schema_latest(version)
    features = schema_of(schema.document).features if schema else ()
    found = next((at for at, each in enumerate(features) if each.name == name), None)
    if found is None:
        raise Refused(f"The version counts no feature {name[:64]!r}.")
    if bin_index > len(features[found].edges):
        raise Refused(f"The feature {name!r} has {len(features[found].edges) + 1} bins.")
    return found


def _record(request: CaptureRequest, act: str, by: Actor, detail: dict[str, Any]) -> None:
    subject = request.public_id
    audit.record(by=by, action=f"telemetry.capture_{act}", subject=subject, detail=detail)
