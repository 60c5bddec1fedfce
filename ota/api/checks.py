"""REST of checks: questions about waves to somebody outside, and their answers."""

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
from ota.api.base import NewestCursor, OtaView
from ota.models import RolloutCheck
from ota.models.rollout import REASON_MAX


class CheckQuery(StrictIn):
    """Which checks to list."""

    rollout = serializers.CharField(max_length=64, required=False)
    waiting = serializers.BooleanField(required=False)


class CheckAnswerIn(StrictIn):
    """A word on a wave, and why in one sentence."""

    verdict = serializers.ChoiceField(list(services.CHECK_WORDS))
    sentence = serializers.CharField(max_length=REASON_MAX, required=False, allow_blank=True)


class CheckOut(serializers.Serializer[Any]):
    """A question, and its answer where there is one; `open` until it is asked again."""

    id = serializers.CharField(source="public_id")
    rollout = serializers.CharField(source="wave.rollout.public_id")
    wave = serializers.IntegerField(source="wave.index")
    destination = serializers.CharField()
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    unsent = serializers.CharField()
    open = serializers.BooleanField()
    verdict = serializers.CharField()
    sentence = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField()


class Checks(OtaView, StrictList[RolloutCheck]):
    """All checks."""

    serializer_class = CheckOut
    pagination_class = NewestCursor
    filters = CheckQuery

    def get_queryset(self) -> QuerySet[RolloutCheck]:
        """Return the checks that the parameters ask for."""
        return selectors.checks(**self.asked)


class CheckDetail(OtaView):
    """One check."""

    @extend_schema(responses=CheckOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a check."""
        del request
        return Response(CheckOut(selectors.check_get(public_id)).data)


class CheckAnswer(OtaView):
    """The word of somebody outside; the scope for it allows nothing else."""

    write_scope = "ota.check"

    @takes(CheckAnswerIn)
    @extend_schema(responses=CheckOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Say pass, fail or hold; 409 once the wave is over or the check has failed."""
        check = selectors.check_get(public_id)
        return Response(
            CheckOut(services.check_answer(by=actor_of(request), check=check, **self.given)).data
        )


class CheckAgain(OtaView):
    """Ask again."""

    @extend_schema(responses=CheckOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Close the question; the next look at the wave asks again, with the whole time."""
        check = selectors.check_get(public_id)
        services.check_again(by=actor_of(request), check=check)
        return Response(CheckOut(selectors.check_get(public_id)).data)
