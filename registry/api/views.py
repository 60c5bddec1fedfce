"""REST: models, their versions, and what differs between two of them."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.rest.conditions import conditional
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from registry import selectors, services
from registry.api import serializers
from registry.api.entries import EntryView, listed
from registry.api.uploads import UploadView
from registry.compare import compare
from registry.models import Model, ModelVersion
from registry.services import Claims


class Models(StrictList[Model]):
    """All models, and naming a new one."""

    scope = "registry"
    serializer_class = serializers.ModelOut
    filters = serializers.ArchivedIn

    def get_queryset(self) -> QuerySet[Model]:
        """Return the models that are in use, or those that are archived."""
        return selectors.models_all(**listed(self.asked))

    @takes(serializers.ModelIn)
    @extend_schema(responses={201: serializers.ModelOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Name a model."""
        model = services.model_create(**self.given, by=actor_of(request))
        return Response(serializers.ModelOut(selectors.model_get(model.name)).data, status=201)


class ModelDetail(EntryView):
    """One model."""

    edited = ("name", "title", "description", "archived_at")

    def entry(self) -> Model:
        """Return the model."""
        return selectors.model_get(self.kwargs["name"])

    def row(self) -> QuerySet[Model]:
        """Return the model's row."""
        return Model.objects.filter(name=self.kwargs["name"], deleted_at=None)

    def shown(self) -> dict[str, Any]:
        """Return the model as it is shown."""
        return dict(serializers.ModelOut(self.entry()).data)

    @extend_schema(responses=serializers.ModelOut)
    def get(self, request: Request, name: str) -> Response:
        """Return the model."""
        del request, name
        return Response(self.shown())

    @takes(serializers.ModelChangeIn)
    @extend_schema(responses=serializers.ModelOut)
    @conditional
    def patch(self, request: Request, name: str) -> Response:
        """Change its title or description, archive it, or bring it back."""
        del name
        model = self.entry()
        texts = {word: self.given[word] for word in ("title", "description") if word in self.given}
        if texts:
            now = {"title": model.title, "description": model.description}
            services.model_describe(model=model, **now | texts, by=actor_of(request))
        self.place(request)
        return Response(self.shown())

    @takes(query=serializers.DeletionIn)
    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, name: str) -> Response:
        """Delete it with all its versions; tombstones stay."""
        del name
        return self.bury(request)


class Versions(UploadView, StrictList[ModelVersion]):
    """The versions of a model, and pushing one."""

    scope = "registry"
    serializer_class = serializers.VersionOut
    filters = serializers.VersionFilterIn

    def upload_limit_bytes(self) -> int:
        """Return the limit of model files."""
        return settings.EDGEFLEET_MODEL_MAX_BYTES

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the model's versions that the filters leave."""
        name = selectors.model_get(self.kwargs["name"]).name
        return selectors.versions_all(model=name, **listed(self.asked))

    @takes(serializers.VersionIn)
    @extend_schema(responses={201: serializers.VersionOut})
    @idempotent(atomic=False)
    def post(self, request: Request, name: str) -> Response:
        """Push a model file (the manual lists the kinds); admission follows by itself."""
        model = selectors.model_get(name)
        given = self.given
        version = services.version_add(
            model=model,
            content=given["file"].file,
            claims=Claims(
                label=given.get("label"),
                metrics=given["metrics"],
                lineage=given["lineage"],
                class_names=given["class_names"],
            ),
            datasets={k: selectors.dataset_get(v) for k, v in given["datasets"].items()},
            by=actor_of(request),
        )
        fresh = selectors.version_by_id(version.public_id)
        return Response(serializers.VersionOut(fresh).data, status=201)


class VersionDetail(EntryView):
    """One version of a model."""

    edited = ("id", "description", "archived_at")

    def entry(self) -> ModelVersion:
        """Return the version."""
        return selectors.version_get(model=self.kwargs["name"], number=self.kwargs["number"])

    def row(self) -> QuerySet[ModelVersion]:
        """Return the version's row."""
        named = {"model__name": self.kwargs["name"], "number": self.kwargs["number"]}
        return ModelVersion.objects.filter(**named, deleted_at=None)

    def shown(self) -> dict[str, Any]:
        """Return the version as it is shown."""
        return dict(serializers.VersionOut(self.entry()).data)

    @extend_schema(responses=serializers.VersionOut)
    def get(self, request: Request, name: str, number: int) -> Response:
        """Return the version."""
        del request, name, number
        return Response(self.shown())

    @takes(serializers.VersionChangeIn)
    @extend_schema(responses=serializers.VersionOut)
    @conditional
    def patch(self, request: Request, name: str, number: int) -> Response:
        """Change what people read of it, archive it, or bring it back; its file stays as it is."""
        del name, number
        if "description" in self.given:
            said = self.given["description"]
            services.version_describe(version=self.entry(), description=said, by=actor_of(request))
        self.place(request)
        return Response(self.shown())

    @takes(query=serializers.DeletionIn)
    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, name: str, number: int) -> Response:
        """Delete it and its file; its tombstone stays, and what was built of it."""
        del name, number
        return self.bury(request)


class AllVersions(StrictList[ModelVersion]):
    """Versions of all models: by digest, op, alias, label, state, format or dataset."""

    scope = "registry"
    serializer_class = serializers.VersionOut
    filters = serializers.VersionFilterIn

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the versions that the filters leave."""
        return selectors.versions_all(**listed(self.asked))


class AnyVersion(StrictView):
    """A version by its public id."""

    scope = "registry"
    more_refusals = ("410",)

    @extend_schema(responses=serializers.VersionOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the version."""
        return Response(serializers.VersionOut(selectors.version_by_id(public_id)).data)


class Compare(StrictView):
    """What differs between two versions of a model."""

    scope = "registry"

    @takes(query=serializers.CompareIn)
    @extend_schema(responses=serializers.CompareOut)
    def get(self, request: Request, name: str) -> Response:
        """Compare `from` with `to`; each is a number, a label, a digest or an alias."""
        model = selectors.model_get(name)
        before, after = (
            selectors.version_resolve(model=model.name, word=self.asked[side])
            for side in ("from", "to")
        )
        found = compare(selectors.version_facts(before), selectors.version_facts(after))
        names = {"before": before.public_id, "after": after.public_id}
        return Response(serializers.CompareOut(names | found).data)
