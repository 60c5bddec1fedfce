"""REST: aliases of a model, moved only from where the caller believes they are."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.permissions import scopes_of_request
from fleet.lib.errors import Forbidden
from fleet.lib.rest.conditions import EditedView, conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from registry import selectors, services
from registry.api import serializers
from registry.models import Alias, AliasMove

PROTECTED_SCOPE = "access.write"


class Aliases(StrictList[Alias]):
    """The aliases of a model."""

    scope = "registry"
    serializer_class = serializers.AliasOut

    def get_queryset(self) -> QuerySet[Alias]:
        """Return the model's aliases."""
        return selectors.aliases_of(selectors.model_get(self.kwargs["name"]))


class AliasDetail(EditedView):
    """One alias of a model."""

    scope = "registry"
    edited = ("model", "name", "version_id", "protected")

    def row(self) -> QuerySet[Alias]:
        """Return the alias's row."""
        return Alias.objects.filter(model__name=self.kwargs["name"], name=self.kwargs["alias"])

    def shown(self) -> dict[str, Any]:
        """Return the alias as it is shown."""
        alias = selectors.alias_get(model=self.kwargs["name"], name=self.kwargs["alias"])
        return dict(serializers.AliasOut(alias).data)

    @extend_schema(responses=serializers.AliasOut)
    def get(self, request: Request, name: str, alias: str) -> Response:
        """Return the alias."""
        return Response(self.shown())

    @takes(serializers.AliasMoveIn)
    @extend_schema(responses=serializers.AliasOut)
    @conditional
    def put(self, request: Request, name: str, alias: str) -> Response:
        """Point the alias at a version, if it points at `expected` (null: at nothing) now."""
        model = selectors.model_get(name)
        to = selectors.version_get(model=name, number=self.given["version"])
        services.alias_move(
            model=model,
            name=alias,
            to=to,
            expected=self.given["expected"],
            by=actor_of(request),
            may_move_protected=_may_move_protected(request),
        )
        return Response(self.shown())

    @takes(serializers.AliasProtectIn)
    @extend_schema(responses=serializers.AliasOut)
    @conditional
    def patch(self, request: Request, name: str, alias: str) -> Response:
        """Protect the alias, or lift that; for who may change access."""
        if not _may_move_protected(request):
            raise Forbidden(f"This needs the scope {PROTECTED_SCOPE}, which you do not have.")
        found = selectors.alias_get(model=name, name=alias)
        services.alias_protect(alias=found, **self.given, by=actor_of(request))
        return Response(self.shown())

    @takes(query=serializers.AliasRemoveIn)
    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, name: str, alias: str) -> Response:
        """Remove the alias, if it points at `?expected=` now."""
        services.alias_remove(
            alias=selectors.alias_get(model=name, name=alias),
            **self.asked,
            by=actor_of(request),
            may_move_protected=_may_move_protected(request),
        )
        return Response(status=204)


class AliasMoves(StrictList[AliasMove]):
    """Every move that an alias made, the newest first."""

    scope = "registry"
    serializer_class = serializers.AliasMoveOut

    def get_queryset(self) -> QuerySet[AliasMove]:
        """Return the moves."""
        alias = selectors.alias_get(model=self.kwargs["name"], name=self.kwargs["alias"])
        return selectors.alias_moves(alias)


def _may_move_protected(request: Request) -> bool:
    return PROTECTED_SCOPE in scopes_of_request(request)
