"""Actions: what a target was told, how far it is, and taking it back."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from device_agent.protocol.ddi import Execution
from fleet.access.accounts.actors import actor_of
from fleet.devices.device_api.answers import json_answer
from fleet.lib.errors import NotFound
from ota import services
from ota.choices import Consent
from ota.delivery.handling import parse_delivery
from ota.engine.states import FINISHED, AssignmentState
from ota.engine.transitions import AssignmentStep
from ota.hawkbit.base import ManagementView, done, milliseconds
from ota.hawkbit.targets import target_get
from ota.models import Assignment, AssignmentEvent, DeviceUpdateState

A, S = AssignmentState, AssignmentStep
STATUS: Final[Mapping[str, str]] = {
    A.SUCCEEDED: "finished",
    A.FAILED: "error",
    A.TIMED_OUT: "error",
    A.CANCELLED: "canceled",
    A.SKIPPED: "canceled",
    A.CANCELLING: "canceling",
}
# What hawkBit calls an entry of an action's history.
TYPES: Final[Mapping[str, str]] = {
    S.RETRIEVE: "retrieved",
    S.DOWNLOAD: "download",
    S.DOWNLOADED: "downloaded",
    S.PROCEED: "running",
    S.SUCCEED: "finished",
    S.FAIL: "error",
    S.EXPIRE: "error",
    S.FALL_BACK: "error",
    S.CANCEL: "canceling",
    S.CANCEL_ACCEPTED: "canceled",
    S.CANCEL_REFUSED: "cancel_rejected",
    S.SKIP: "canceled",
    Execution.REJECTED: "warning",
    Consent.CONFIRMED: "running",
    Consent.DENIED: "wait_for_confirmation",
}
CANCELLED: Final = "cancelled over the Management API"


class Actions(ManagementView):
    """All of a target's."""

    def get(self, request: Request, controller_id: str) -> HttpResponse:
        """Answer with a page, the newest first."""
        device = target_get(controller_id)
        rows = Assignment.objects.filter(device=device).select_related("device")
        return self.page(request, rows.order_by("-pk"), lambda row: document(self, row))


class ActionDetail(ManagementView):
    """One of them."""

    def get(self, request: Request, controller_id: str, action: int) -> HttpResponse:
        """Answer with the action."""
        del request
        return json_answer(document(self, _action(controller_id, action)))

    def delete(self, request: Request, controller_id: str, action: int) -> Response:
        """Cancel it; with `force=true` one that is being cancelled ends without the target."""
        row, by = _action(controller_id, action), actor_of(request)
        if request.query_params.get("force") == "true":
            services.assignment_cancel_now(by=by, assignment=row, reason=CANCELLED)
        else:
            services.assignment_cancel(by=by, assignment=row, reason=CANCELLED)
        return done()


class ActionStatus(ManagementView):
    """How it went."""

    def get(self, request: Request, controller_id: str, action: int) -> HttpResponse:
        """Answer with a page of its history: the newest first, unless `sort` says otherwise."""
        row = _action(controller_id, action)
        rows = AssignmentEvent.objects.filter(assignment=row)
        forwards = request.query_params.get("sort", "").lower().endswith(":asc")
        return self.page(request, rows.order_by("pk" if forwards else "-pk"), _entry)


def document(view: ManagementView, row: Assignment) -> dict[str, Any]:
    """Return an action as hawkBit shows it."""
    delivery = parse_delivery(row.delivery)
    cancel = row.state in (A.CANCELLING, A.CANCELLED)
    status = STATUS.get(row.state, "pending")
    if row.state == A.CANCELLED and _unanswered(row):
        status = "canceling"
    elif status == "pending" and row.consent in (Consent.ASKED, Consent.DENIED):
        status = "wait_for_confirmation"
    base = f"targets/{row.device.controller_id}/actions/{row.pk}"
    found: dict[str, Any] = {
        "id": row.pk,
        "type": "cancel" if cancel else "update",
        "status": status,
        "active": A(row.state) not in FINISHED,
        "forceType": delivery.kind.value,
        "createdAt": milliseconds(row.created_at),
        "lastModifiedAt": milliseconds(row.since),
        "_links": {
            "self": view.link(base),
            "distributionset": view.link(f"distributionsets/{row.release_id}"),
            "status": view.link(f"{base}/status"),
        },
    }
    if delivery.window is not None:
        found["maintenanceWindow"] = row.delivery["window"]
    return found


def _unanswered(row: Assignment) -> bool:
    return DeviceUpdateState.objects.filter(device_id=row.device_id, withdrawn=row).exists()


def _entry(event: AssignmentEvent) -> dict[str, Any]:
    said = event.detail.get("messages") or ([event.text] if event.text else [])
    kind = TYPES.get(event.step, "running")
    if event.step == S.SUCCEED and event.detail.get("execution") == Execution.DOWNLOADED:
        kind = "downloaded"
    found = {"id": event.pk, "type": kind, "messages": said, "reportedAt": milliseconds(event.at)}
    if "code" in event.detail:
        found["code"] = event.detail["code"]
    return found


def _action(controller_id: str, action: int) -> Assignment:
    device = target_get(controller_id)
    row = Assignment.objects.filter(device=device, pk=action).select_related("device").first()
    if row is None:
        raise NotFound(f"There is no action {action} of this target.")
    return row
