"""REST of what people decide about a rollout: approvals, retries, skipped waves, the way back."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from ota import selectors, services
from ota.api.base import OtaView, RolloutEventCursor
from ota.api.rollouts import detail
from ota.api.serializers import ReasonIn, RolloutDetailOut, RolloutOut
from ota.models import RolloutApproval
from ota.models.rollout import REASON_MAX

WAVE_MAX = 100


class RolloutApprovalIn(StrictIn):
    """A yes: to the start, or to the wave of this index."""

    wave = serializers.IntegerField(required=False, min_value=0, max_value=WAVE_MAX)
    remark = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)


class SkipIn(StrictIn):
    """The wave that is open, and why it is not waited for."""

    wave = serializers.IntegerField(min_value=0, max_value=WAVE_MAX)
    reason = serializers.CharField(max_length=REASON_MAX)


class RolloutApprovalOut(serializers.Serializer[Any]):
    """Who has approved what; no wave is the start."""

    wave = serializers.IntegerField(source="wave.index", allow_null=True, default=None)
    by = serializers.CharField(source="label")
    remark = serializers.CharField()
    at = serializers.DateTimeField()


class RolloutApprovals(OtaView, StrictList[RolloutApproval]):
    """The approvals of a rollout."""

    write_scope = "ota.approve"
    serializer_class = RolloutApprovalOut
    pagination_class = RolloutEventCursor

    def get_queryset(self) -> QuerySet[RolloutApproval]:
        """Return them, the newest first."""
        return selectors.rollout_approvals(selectors.rollout_get(self.kwargs["public_id"]))

    @takes(RolloutApprovalIn)
    @extend_schema(responses={201: RolloutDetailOut})
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Approve the start of a draft, or the next wave; 409 where it waits for neither."""
        rollout = selectors.rollout_get(public_id)
        services.rollout_approve(by=actor_of(request), rollout=rollout, **self.given)
        return Response(detail(public_id), status=201)


class RolloutSkipWave(OtaView):
    """Go on past the open wave."""

    @takes(SkipIn)
    @extend_schema(responses=RolloutDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Skip what is left of the judgement of the open wave; 409 for any other wave."""
        rollout = selectors.rollout_get(public_id)
        services.wave_skip(by=actor_of(request), rollout=rollout, **self.given)
        return Response(detail(public_id))


class RolloutAgain(OtaView):
    """Try the failed again."""

    @takes(ReasonIn)
    @extend_schema(responses=RolloutDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Plan another attempt for each device that failed or fell silent; 409 where none did."""
        rollout = selectors.rollout_get(public_id)
        services.rollout_again(by=actor_of(request), rollout=rollout, **self.given)
        return Response(detail(public_id))


class ReleaseRollBack(OtaView):
    """Take a release back everywhere."""

    @takes(ReasonIn)
    @extend_schema(responses=RolloutOut(many=True))
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Roll back each rollout that gave the release to devices, and return them."""
        release = selectors.release_get(public_id)
        found = services.release_roll_back(by=actor_of(request), release=release, **self.given)
        return Response(RolloutOut(found, many=True).data)
