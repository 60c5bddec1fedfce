"""REST: aliases of a model, moved only from where the caller believes they are."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.permissions import scopes_of_request
from fleet.lib.errors import Forbidden
from registry import selectors, services
from registry.api import serializers
from registry.models import Alias, AliasMove

PROTECTED_SCOPE = "access.write"


class Aliases(ListAPIView[Alias]):
    """The aliases of a model."""

    scope = "registry"
    serializer_class = serializers.AliasOut

    def get_queryset(self) -> QuerySet[Alias]:
        """Return the model's aliases."""
        return selectors.aliases_of(selectors.model_get(self.kwargs["name"]))


class AliasDetail(APIView):
    """One alias of a model."""

    scope = "registry"

    @extend_schema(responses=serializers.AliasOut)
    def get(self, request: Request, name: str, alias: str) -> Response:
        """Return the alias."""
        return Response(serializers.AliasOut(selectors.alias_get(model=name, name=alias)).data)

    @extend_schema(request=serializers.AliasMoveIn, responses=serializers.AliasOut)
    def put(self, request: Request, name: str, alias: str) -> Response:
        """Point the alias at a version, if it points at `expected` (null: at nothing) now."""
        wanted = serializers.AliasMoveIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        model = selectors.model_get(name)
        to = selectors.version_get(model=name, number=wanted.validated_data["version"])
        moved = services.alias_move(
            model=model,
            name=alias,
            to=to,
            expected=wanted.validated_data["expected"],
            by=actor_of(request),
            may_move_protected=_may_move_protected(request),
        )
        return Response(serializers.AliasOut(moved).data)

    @extend_schema(request=serializers.AliasProtectIn, responses=serializers.AliasOut)
    def patch(self, request: Request, name: str, alias: str) -> Response:
        """Protect the alias, or lift that; for who may change access."""
        if not _may_move_protected(request):
            raise Forbidden(f"This needs the scope {PROTECTED_SCOPE}, which you do not have.")
        wanted = serializers.AliasProtectIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        found = selectors.alias_get(model=name, name=alias)
        services.alias_protect(alias=found, **wanted.validated_data, by=actor_of(request))
        return Response(serializers.AliasOut(selectors.alias_get(model=name, name=alias)).data)

    @extend_schema(parameters=[serializers.AliasRemoveIn], responses={204: None})
    def delete(self, request: Request, name: str, alias: str) -> Response:
        """Remove the alias, if it points at `?expected=` now."""
        wanted = serializers.AliasRemoveIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        services.alias_remove(
            alias=selectors.alias_get(model=name, name=alias),
            **wanted.validated_data,
            by=actor_of(request),
            may_move_protected=_may_move_protected(request),
        )
        return Response(status=204)


class AliasMoves(ListAPIView[AliasMove]):
    """Every move that an alias made, the newest first."""

    scope = "registry"
    serializer_class = serializers.AliasMoveOut

    def get_queryset(self) -> QuerySet[AliasMove]:
        """Return the moves."""
        alias = selectors.alias_get(model=self.kwargs["name"], name=self.kwargs["alias"])
        return selectors.alias_moves(alias)


def _may_move_protected(request: Request) -> bool:
    return PROTECTED_SCOPE in scopes_of_request(request)
