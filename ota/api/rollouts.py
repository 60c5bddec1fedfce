"""REST of rollouts: plan, operate, and watch."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from ota import selectors, services
from ota.api.base import LookCursor, NewestCursor, OtaView, PositionCursor, RolloutEventCursor
from ota.api.serializers import (
    AssignmentOut,
    AssignmentQuery,
    AwaitedOut,
    ExplanationOut,
    LookOut,
    LookQuery,
    ProgressOut,
    ReasonIn,
    RolloutDetailOut,
    RolloutEventOut,
    RolloutIn,
    RolloutOut,
    RolloutQuery,
)
from ota.models import Assignment, GateLook, RolloutEvent
from ota.models import Rollout as RolloutRow


def detail(public_id: str) -> dict[str, Any]:
    """Return a rollout with its live numbers."""
    rollout = selectors.rollout_get(public_id)
    progress = selectors.rollout_progress(rollout)
    awaits = selectors.rollout_awaits(rollout)
    return {
        **RolloutOut(rollout).data,
        "awaits": AwaitedOut(awaits).data if awaits else None,
        "progress": ProgressOut(progress).data,
    }


class Rollouts(OtaView, StrictList[RolloutRow]):
    """All rollouts."""

    serializer_class = RolloutOut
    filters = RolloutQuery

    def get_queryset(self) -> QuerySet[RolloutRow]:
        """Return the rollouts that the parameters ask for."""
        return selectors.rollouts(**self.asked)

    @takes(RolloutIn)
    @extend_schema(responses={201: RolloutDetailOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan a rollout of a published release to a group."""
        given = self.given
        rollout = services.rollout_create(
            by=actor_of(request),
            release=selectors.release_get(given["release"]),
            group=devices.group_get(given["group"]),
            policy_name=given.get("policy_name"),
            overrides=given.get("policy"),
        )
        return Response(detail(rollout.public_id), status=201)


class RolloutDetail(OtaView):
    """One rollout."""

    @extend_schema(responses=RolloutDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a rollout: per wave its devices by state, causes of failure and gates' results."""
        del request
        return Response(detail(public_id))


class RolloutStart(OtaView):
    """Freeze who takes part and begin."""

    @extend_schema(responses=RolloutDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Start; 409 where the rollout's state does not allow it."""
        rollout = selectors.rollout_get(public_id)
        services.rollout_start(by=actor_of(request), rollout=rollout)
        return Response(detail(public_id))


class RolloutOperation(OtaView):
    """Base of the operations: one service, one optional reason."""

    service: ClassVar[Callable[..., RolloutRow]]

    @takes(ReasonIn)
    @extend_schema(responses=RolloutDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Do it; 409 where the rollout's state does not allow it."""
        rollout = selectors.rollout_get(public_id)
        type(self).service(by=actor_of(request), rollout=rollout, **self.given)
        return Response(detail(public_id))


class RolloutPause(RolloutOperation):
    """No new device."""

    service = staticmethod(services.rollout_pause)


class RolloutResume(RolloutOperation):
    """Go on."""

    service = staticmethod(services.rollout_resume)


class RolloutAbort(RolloutOperation):
    """Stop permanently."""

    service = staticmethod(services.rollout_abort)


class RolloutRollBack(RolloutOperation):
    """Everybody back."""

    service = staticmethod(services.rollout_roll_back)


class RolloutAssignments(OtaView, StrictList[Assignment]):
    """The devices' parts in a rollout, in the order in which they come."""

    serializer_class = AssignmentOut
    pagination_class = PositionCursor
    filters = AssignmentQuery

    def get_queryset(self) -> QuerySet[Assignment]:
        """Return the parts that the parameters ask for."""
        rollout = selectors.rollout_get(self.kwargs["public_id"])
        return selectors.rollout_assignments(rollout, **self.asked)


class DeviceAssignments(OtaView, StrictList[Assignment]):
    """What a device was told over time, by all rollouts, the newest first."""

    serializer_class = AssignmentOut
    pagination_class = NewestCursor

    def get_queryset(self) -> QuerySet[Assignment]:
        """Return the device's assignments."""
        return selectors.device_assignments(devices.device_get(self.kwargs["public_id"]))


class DeviceExplanation(OtaView):
    """Why a device is, or is not, updating."""

    @extend_schema(responses=ExplanationOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Say it in one sentence."""
        del request
        device = devices.device_get(public_id)
        said = {"explanation": selectors.device_explanation(device)}
        return Response(ExplanationOut(said).data)


class RolloutEvents(OtaView, StrictList[RolloutEvent]):
    """What happened in a rollout, the newest first."""

    serializer_class = RolloutEventOut
    pagination_class = RolloutEventCursor

    def get_queryset(self) -> QuerySet[RolloutEvent]:
        """Return the rollout's events."""
        return selectors.rollout_events(selectors.rollout_get(self.kwargs["public_id"]))


class RolloutLooks(OtaView, StrictList[GateLook]):
    """What each look of the gates found, metric by metric, in order of time."""

    serializer_class = LookOut
    pagination_class = LookCursor
    filters = LookQuery

    def get_queryset(self) -> QuerySet[GateLook]:
        """Return the looks that the parameters ask for."""
        rollout = selectors.rollout_get(self.kwargs["public_id"])
        return selectors.rollout_looks(rollout, **self.asked)
