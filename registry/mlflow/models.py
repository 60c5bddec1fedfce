"""Registered models and their aliases: the registry's own."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.permissions import scopes_of_request
from fleet.lib.rest.takes import takes
from registry import selectors, services
from registry.choices import VersionState
from registry.mlflow import bodies, documents
from registry.mlflow.base import ClientView, ReadingView
from registry.mlflow.experiments import pairs_of
from registry.mlflow.paging import searched
from registry.models import Alias, Model, ModelNote, ModelVersion
from registry.tracking import origins

PROTECTED_SCOPE = "access.write"  # as for aliases over REST


class ModelCreate(ClientView):
    """A new one."""

    @takes(bodies.ModelMakeIn)
    def post(self, request: Request) -> Response:
        """Name it."""
        by = actor_of(request)
        said = self.given.get("description") or ""
        model = services.model_create(name=self.given["name"], description=said, by=by)
        if tags := pairs_of(self.given["tags"]):
            origins.model_tag(model=model, tags=tags, by=by)
        return Response({"registered_model": shown(self.given["name"])})


class ModelOfName(ClientView):
    """One of them."""

    @takes(query=bodies.ModelNameIn)
    def get(self, request: Request) -> Response:
        """Answer with it."""
        del request
        return Response({"registered_model": shown(self.asked["name"])})


class ModelUpdate(ClientView):
    """What people read of it."""

    @takes(bodies.ModelTextIn)
    def patch(self, request: Request) -> Response:
        """Change it."""
        model = selectors.model_get(self.given["name"])
        services.model_describe(
            model=model,
            title=model.title,
            description=self.given.get("description") or "",
            by=actor_of(request),
        )
        return Response({"registered_model": shown(model.name)})


class ModelSearch(ClientView):
    """A list."""

    @takes(query=bodies.FilterIn)
    def get(self, request: Request) -> Response:
        """Answer with a page."""
        del request
        rows = selectors.models_all().order_by("name")
        order = [self.asked["order_by"]] if self.asked["order_by"] else []
        tags = dict(ModelNote.objects.values_list("model_id", "tags"))
        found, more = searched(rows, lambda row: _record(row, tags), self.asked, order)
        newest = {
            version.model_id: version
            for version in versions().filter(model__in=found).order_by("number")
        }
        models = [documents.model(row, newest.get(row.pk), tags.get(row.pk, {})) for row in found]
        return Response({"registered_models": models, **more})


class NewestVersion(ReadingView):
    """The newest version of a model that was admitted."""

    @takes(bodies.NewestIn)
    def post(self, request: Request) -> Response:
        """Answer with it, or with nothing."""
        del request
        model = selectors.model_get(self.given["name"])
        return Response({"model_versions": [documents.version(row) for row in _newest(model)]})


class ModelTag(ClientView):
    """A tag."""

    @takes(bodies.ModelPairIn)
    def post(self, request: Request) -> Response:
        """Tag it."""
        model = selectors.model_get(self.given["name"])
        origins.model_tag(model=model, tags=pairs_of([self.given]), by=actor_of(request))
        return Response({})


class ModelTagForget(ClientView):
    """A tag that goes."""

    @takes(bodies.ModelKeyIn)
    def delete(self, request: Request) -> Response:
        """Take it away."""
        model = selectors.model_get(self.given["name"])
        origins.model_tag(model=model, tags={}, without=self.given["key"], by=actor_of(request))
        return Response({})


class ModelAlias(ClientView):
    """An alias; the client says where to, not where from."""

    @takes(query=bodies.AliasIn)
    def get(self, request: Request) -> Response:
        """Answer with the version that it leads to."""
        del request
        alias = selectors.alias_get(model=self.asked["name"], name=self.asked["alias"])
        return Response({"model_version": documents.version(version_of(alias.version))})

    @takes(bodies.AliasSetIn)
    def post(self, request: Request) -> Response:
        """Lead it to a version, from wherever it leads now."""
        model = selectors.model_get(self.given["name"])
        now = Alias.objects.filter(model=model, name=self.given["alias"])
        services.alias_move(
            model=model,
            name=self.given["alias"],
            to=numbered(model.name, self.given["version"]),
            expected=now.values_list("version__number", flat=True).first(),
            by=actor_of(request),
            may_move_protected=PROTECTED_SCOPE in scopes_of_request(request),
        )
        return Response({})

    @takes(bodies.AliasIn)
    def delete(self, request: Request) -> Response:
        """Take it away."""
        alias = selectors.alias_get(model=self.given["name"], name=self.given["alias"])
        services.alias_remove(
            alias=alias,
            expected=alias.version.number,
            by=actor_of(request),
            may_move_protected=PROTECTED_SCOPE in scopes_of_request(request),
        )
        return Response({})


def versions() -> Any:
    """Versions with all that their document shows."""
    rows = ModelVersion.objects.filter(deleted_at=None).select_related(
        "model", "blob", "origin__run", "origin__logged"
    )
    return rows.prefetch_related("aliases")


def version_of(row: ModelVersion) -> ModelVersion:
    """A version, read with all that its document shows."""
    found: ModelVersion = versions().get(pk=row.pk)
    return found


def numbered(name: str, word: str) -> ModelVersion:
    """The version of that number. Raises NotFound."""
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    return version_of(selectors.version_get(model=name, number=number))


def shown(name: str) -> dict[str, Any]:
    """A model's document."""
    model = selectors.model_get(name)
    note = ModelNote.objects.filter(model=model).first()
    return documents.model(model, next(iter(_newest(model)), None), note.tags if note else {})


def _newest(model: Model) -> list[ModelVersion]:
    rows = versions().filter(model=model).order_by("-number")
    admitted = rows.filter(state=VersionState.ADMITTED).first() or rows.first()
    return [admitted] if admitted else []


def _record(row: Model, tags: Mapping[int, Any]) -> Mapping[str, Mapping[str, Any]]:
    attributes = {
        "name": row.name,
        "creation_timestamp": documents.milliseconds(row.created_at),
        "last_updated_timestamp": documents.milliseconds(row.updated_at),
        "timestamp": documents.milliseconds(row.updated_at),
    }
    return {"attributes": attributes, "tags": tags.get(row.pk, {})}
