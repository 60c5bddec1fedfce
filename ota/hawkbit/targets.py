"""TargetRows: devices of ours that take their updates over DDI.

Deleting a target keeps its row, as every device does: it is rejected, its tokens end, and a target
that is made again under its name is the same device, accepted again.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.permissions import scopes_of_request
from fleet.devices import services as devices
from fleet.devices.choices import DeviceState
from fleet.devices.device_api.answers import json_answer
from fleet.devices.enrolment.join import FOREIGN_TARGET, device_preload
from fleet.devices.models import ClientToken, Device
from fleet.devices.tokens import issue as tokens
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, NotFound
from ota.choices import IN_FLIGHT_VALUES
from ota.engine.states import AssignmentState
from ota.hawkbit.base import ManagementView, created, done, milliseconds, text
from ota.hawkbit.secrets import secret_give, secret_of
from ota.models import Assignment, DeviceUpdateState

NAME_MAX = 64  # characters, as a device's name has


class TargetRows(ManagementView):
    """All of them."""

    scope = "devices"

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page."""
        return self.page(request, targets(), lambda row: document(self, row))

    def post(self, request: Request) -> HttpResponse:
        """Register targets, each with a token of its own."""
        by = actor_of(request)
        found = self.objects(request, "The targets")
        with transaction.atomic():
            made = [_create(each, by) for each in found]
        return created([document(self, row) for row in made])


class TargetDetail(ManagementView):
    """One of them."""

    scope = "devices"

    def get(self, request: Request, controller_id: str) -> HttpResponse:
        """Answer with the target."""
        del request
        return json_answer(document(self, target_get(controller_id)))

    def delete(self, request: Request, controller_id: str) -> Response:
        """Keep it out from now on."""
        by, device = actor_of(request), target_get(controller_id)
        with transaction.atomic():
            for token in ClientToken.objects.filter(device=device):
                tokens.token_retire(token=token, by=by)
            devices.device_reject(device=device, by=by)
        return done()


class TargetAttributes(ManagementView):
    """What it says of itself."""

    scope = "devices"

    def get(self, request: Request, controller_id: str) -> HttpResponse:
        """Answer with its attributes."""
        del request
        return json_answer(target_get(controller_id).attributes)


def targets() -> QuerySet[Device]:
    """Return all targets: those that were deleted are rejected, and left out."""
    states = [DeviceState.ACCEPTED, DeviceState.PENDING]
    return Device.objects.filter(state__in=states).order_by("pk")


def target_get(controller_id: str) -> Device:
    """Return one target. Raises NotFound."""
    row = targets().filter(controller_id=controller_id).first()
    if row is None:
        raise NotFound(f"There is no target {controller_id[:80]!r}.")
    return row


def document(view: ManagementView, device: Device) -> dict[str, Any]:
    """Return a target as hawkBit shows it."""
    base = f"targets/{device.controller_id}"
    found = {
        "controllerId": device.controller_id,
        "name": device.name,
        "createdAt": milliseconds(device.created_at),
        "lastModifiedAt": milliseconds(device.updated_at),
        "updateStatus": _status(device),
        "lastControllerRequestAt": milliseconds(device.last_seen_at),
        "requestAttributes": _wanted(device),
        "_links": {
            "self": view.link(base),
            "attributes": view.link(f"{base}/attributes"),
            "actions": view.link(f"{base}/actions"),
        },
    }
    if "devices.write" in scopes_of_request(view.request):
        found["securityToken"] = secret_of(device)
    return {key: value for key, value in found.items() if value is not None}


def _status(device: Device) -> str:
    rows = Assignment.objects.filter(device=device, latest=True).order_by("-pk")
    if rows.filter(state__in=IN_FLIGHT_VALUES).exists():
        return "pending"
    last = rows.first()
    if last is None:
        return "registered" if device.last_seen_at is None else "unknown"
    failed = (AssignmentState.FAILED, AssignmentState.TIMED_OUT)
    return "error" if last.state in failed else "in_sync"


def _wanted(device: Device) -> bool:
    wanted = DeviceUpdateState.objects.filter(device=device).values_list("config_wanted", flat=True)
    return wanted.first() is not False


def _create(data: Mapping[str, Any], by: Actor) -> Device:
    controller_id = text(data, "controllerId", limit=NAME_MAX)
    name = text(data, "name", limit=NAME_MAX, default=controller_id) or controller_id
    secret = text(data, "securityToken", limit=128, default="") or None
    known = Device.objects.filter(controller_id=controller_id).first()
    if known is None:
        device = device_preload(
            controller_id=controller_id, target=FOREIGN_TARGET, by=by, name=name
        )
    elif known.state == DeviceState.REJECTED and not known.public_key:
        device = _accepted_again(known, by)
    else:
        raise Conflict(f"There is already a target {controller_id!r}.", code="exists")
    secret_give(holder=device, by=by, secret=secret)
    return device


def _accepted_again(device: Device, by: Actor) -> Device:
    """Nothing that was known of it holds: it may be another machine by now."""
    devices.device_accept(device=device, by=by)
    devices.device_report(device=device, attributes={}, running={})
    changes = {"config_wanted": True, "withdrawn": None, "installed": None, "auto_confirm": None}
    DeviceUpdateState.objects.filter(device=device).update(**changes)
    return device
