"""REST: what models, versions and datasets share (archiving, deleting), and what was deleted."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.lib.rest.conditions import EditedView, match_required
from fleet.lib.rest.views import StrictList
from registry import selectors, services
from registry.api import serializers
from registry.models import Dataset, Model, ModelVersion, Tombstone

NAMING: Final = frozenset({"label", "digest", "name", "alias"})


class EntryView(EditedView):
    """An entry of the registry: it can be archived, and deleted."""

    scope = "registry"
    more_refusals = ("410", "428")

    def entry(self) -> Model | ModelVersion | Dataset:
        """Return the entry. Raises NotFound, or Gone for one that was deleted."""
        raise NotImplementedError

    def place(self, request: Request) -> None:
        """Archive the entry or bring it back, as the body says; a body may leave it where it is."""
        if "archived" in self.given:
            act = services.entry_archive if self.given["archived"] else services.entry_restore
            reason = self.given.get("reason", "")
            act(entry=self.entry(), by=actor_of(request), reason=reason)

    def bury(self, request: Request) -> Response:
        """Delete the entry."""
        match_required(request)
        reason = self.asked["reason"]
        services.entry_delete(entry=self.entry(), by=actor_of(request), reason=reason)
        return Response(status=204)


def listed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters of a list: one that names something finds it archived, too."""
    named = NAMING & asked.keys()
    return {"archived": None if named else False, **asked}


class Tombstones(StrictList[Tombstone]):
    """What was deleted, the newest first: names, digests, who, when and why."""

    scope = "registry"
    serializer_class = serializers.TombstoneOut
    filters = serializers.TombstoneFilterIn

    def get_queryset(self) -> QuerySet[Tombstone]:
        """Return the tombstones that the filters leave."""
        return selectors.tombstones(**self.asked)
