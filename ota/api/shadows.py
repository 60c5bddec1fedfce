"""REST of challengers: begin, stop, and how they agree."""

from typing import Any, Final

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from device_agent.protocol.field.shadow import (
    EVERY_MAX,
    MEMORY_MIB_MAX,
    MEMORY_MIB_MIN,
    TIME_MS_MAX,
)
from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.devices import selectors as devices
from fleet.lib import clock
from fleet.lib.rest.strict import StrictIn
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from ota import selectors, services
from ota.api.base import NewestCursor, OtaView
from ota.choices import ShadowRun
from ota.models import Shadow
from ota.rollouts.agreement import agreement

HOURS_MAX: Final = 24 * 90
NAME_MAX: Final = 64  # characters


class ShadowIn(StrictIn):
    """A released version to run beside what a group's devices run, within budgets."""

    release = serializers.CharField(max_length=NAME_MAX)
    group = serializers.CharField(max_length=NAME_MAX)
    every = serializers.IntegerField(min_value=1, max_value=EVERY_MAX, default=10)
    time_ms = serializers.IntegerField(min_value=1, max_value=TIME_MS_MAX, default=1000)
    memory_mib = serializers.IntegerField(
        min_value=MEMORY_MIB_MIN, max_value=MEMORY_MIB_MAX, default=256
    )
    hours = serializers.FloatField(min_value=0.01, max_value=HOURS_MAX, default=24.0)


class ShadowQuery(StrictIn):
    """Which shadows to list."""

    version = serializers.CharField(max_length=NAME_MAX, required=False)
    running = serializers.BooleanField(required=False, allow_null=True, default=None)


class ShadowOut(serializers.Serializer[Any]):
    """A challenger on a group's devices."""

    id = serializers.CharField(source="public_id")
    release = serializers.CharField(source="release.public_id")
    version = serializers.CharField(source="release.version.public_id")
    version_label = serializers.CharField(source="release.version.label")
    group = serializers.CharField(source="group.name")
    every = serializers.IntegerField()
    time_ms = serializers.IntegerField()
    memory_mib = serializers.IntegerField()
    until = serializers.DateTimeField()
    devices = serializers.IntegerField()
    state = serializers.SerializerMethodField()
    started_by = serializers.CharField()
    stopped_by = serializers.CharField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_state(self, row: Shadow) -> str:
        """Return the state; one whose time is over has ended."""
        ended = row.state == ShadowRun.RUNNING and row.until <= clock.now()
        return "ended" if ended else row.state


class ShadowDetailOut(ShadowOut):
    """With how the version agrees with each champion, over all its shadows."""

    agreement = serializers.SerializerMethodField()

    def get_agreement(self, row: Shadow) -> list[dict[str, Any]]:
        """Return sums and pairs of classes by champion and group."""
        return agreement(row.release.model_version)


class Shadows(OtaView, StrictList[Shadow]):
    """All challengers."""

    serializer_class = ShadowOut
    pagination_class = NewestCursor
    filters = ShadowQuery

    def get_queryset(self) -> QuerySet[Shadow]:
        """Return the shadows that the parameters ask for."""
        return selectors.shadows(**self.asked)

    @takes(ShadowIn)
    @extend_schema(responses={201: ShadowDetailOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Have a group's devices run a release beside theirs."""
        given = dict(self.given)
        shadow = services.shadow_start(
            by=actor_of(request),
            release=selectors.release_get(given.pop("release")),
            group=devices.group_get(given.pop("group")),
            **given,
        )
        return Response(ShadowDetailOut(shadow).data, status=201)


class ShadowDetail(OtaView):
    """One challenger."""

    @extend_schema(responses=ShadowDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show it with the agreement of its version."""
        del request
        return Response(ShadowDetailOut(selectors.shadow_get(public_id)).data)


class ShadowStop(OtaView):
    """Have all devices end it."""

    @extend_schema(responses=ShadowDetailOut)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Stop; 409 where it is stopped already."""
        shadow = selectors.shadow_get(public_id)
        stopped = services.shadow_stop(by=actor_of(request), shadow=shadow)
        return Response(ShadowDetailOut(stopped).data)
