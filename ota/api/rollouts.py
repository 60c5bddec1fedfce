"""REST of rollouts: plan, operate, and watch."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.devices import selectors as devices
from ota import policy, selectors, services
from ota.api.base import EventCursor, NewestCursor, OtaView, PositionCursor
from ota.api.serializers import (
    AssignmentOut,
    AssignmentQuery,
    ExplanationOut,
    ProgressOut,
    ReasonIn,
    RolloutDetailOut,
    RolloutEventOut,
    RolloutIn,
    RolloutOut,
    RolloutQuery,
)
from ota.models import Rollout as RolloutRow


def detail(public_id: str) -> dict[str, Any]:
    """A rollout with its live numbers."""
    rollout = selectors.rollout_get(public_id)
    progress = selectors.rollout_progress(rollout)
    return {**RolloutOut(rollout).data, "progress": ProgressOut(progress).data}


class Rollouts(OtaView):
    """All rollouts."""

    @extend_schema(
        parameters=[RolloutQuery], responses=RolloutOut(many=True), operation_id="rollouts_list"
    )
    def get(self, request: Request) -> Response:
        """List rollouts, the newest first."""
        query = self.checked(RolloutQuery, request.query_params)
        return self.page(request, selectors.rollouts(**query), RolloutOut)

    @extend_schema(request=RolloutIn, responses={201: RolloutDetailOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan a rollout of a published release to a group."""
        given = self.checked(RolloutIn, request.data)
        rollout = services.rollout_create(
            by=actor_of(request),
            release=selectors.release_get(given["release"]),
            group=devices.group_get(given["group"]),
            policy_name=given.get("policy_name"),
            overrides=given.get("policy"),
        )
        return Response(detail(rollout.public_id), status=201)


class Rollout(OtaView):
    """One rollout."""

    @extend_schema(responses=RolloutDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a rollout: per wave its devices by state, causes of failure and gates' results."""
        del request
        return Response(detail(public_id))


class RolloutOperation(OtaView):
    """Base of the operations: one service, one optional reason."""

    service: ClassVar[Callable[..., RolloutRow]]
    takes_reason: ClassVar[bool] = True

    @extend_schema(request=ReasonIn, responses=RolloutDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Do it; 409 where the rollout's state does not allow it."""
        given = self.checked(ReasonIn, request.data) if self.takes_reason else {}
        rollout = selectors.rollout_get(public_id)
        type(self).service(by=actor_of(request), rollout=rollout, **given)
        return Response(detail(public_id))


class RolloutStart(RolloutOperation):
    """Freeze who takes part and begin."""

    service = staticmethod(services.rollout_start)
    takes_reason = False


class RolloutPause(RolloutOperation):
    """No new device."""

    service = staticmethod(services.rollout_pause)


class RolloutResume(RolloutOperation):
    """Go on."""

    service = staticmethod(services.rollout_resume)


class RolloutAbort(RolloutOperation):
    """Stop for good."""

    service = staticmethod(services.rollout_abort)


class RolloutRollBack(RolloutOperation):
    """Everybody back."""

    service = staticmethod(services.rollout_roll_back)


class RolloutAssignments(OtaView):
    """Devices of a rollout."""

    pages = PositionCursor

    @extend_schema(parameters=[AssignmentQuery], responses=AssignmentOut(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List the devices' parts in the order in which they come."""
        query = self.checked(AssignmentQuery, request.query_params)
        rollout = selectors.rollout_get(public_id)
        return self.page(request, selectors.rollout_assignments(rollout, **query), AssignmentOut)


class DeviceAssignments(OtaView):
    """What a device was told over time."""

    pages = NewestCursor

    @extend_schema(responses=AssignmentOut(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List a device's assignments of all rollouts, the newest first."""
        device = devices.device_get(public_id)
        return self.page(request, selectors.device_assignments(device), AssignmentOut)


class DeviceExplanation(OtaView):
    """Why a device is, or is not, updating."""

    @extend_schema(responses=ExplanationOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Say it in one sentence."""
        del request
        device = devices.device_get(public_id)
        said = {"explanation": selectors.device_explanation(device)}
        return Response(ExplanationOut(said).data)


class RolloutEvents(OtaView):
    """What happened."""

    pages = EventCursor

    @extend_schema(responses=RolloutEventOut(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """List a rollout's events, the newest first."""
        rollout = selectors.rollout_get(public_id)
        return self.page(request, selectors.rollout_events(rollout), RolloutEventOut)


class Policies(OtaView):
    """The policies that come with the service."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Show every named policy in full."""
        del request
        return Response({name: policy.resolve(name, None) for name in policy.names()})
