"""REST: models, their versions, and what differs between two of them."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from fleet.lib.errors import Refused
from registry import selectors, services
from registry.api import serializers
from registry.api.uploads import UploadView
from registry.compare import compare
from registry.models import Model, ModelVersion
from registry.services.versions import Claims


class Models(ListAPIView[Model]):
    """All models, and naming a new one."""

    scope = "registry"
    serializer_class = serializers.ModelOut

    def get_queryset(self) -> QuerySet[Model]:
        """Return every model."""
        return selectors.models_all()

    @extend_schema(request=serializers.ModelIn, responses={201: serializers.ModelOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Name a model."""
        wanted = serializers.ModelIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        model = services.model_create(**wanted.validated_data, by=actor_of(request))
        return Response(serializers.ModelOut(selectors.model_get(model.name)).data, status=201)


class ModelDetail(APIView):
    """One model."""

    scope = "registry"

    @extend_schema(responses=serializers.ModelOut)
    def get(self, request: Request, name: str) -> Response:
        """Return the model."""
        return Response(serializers.ModelOut(selectors.model_get(name)).data)

    @extend_schema(request=serializers.ModelChangeIn, responses=serializers.ModelOut)
    def patch(self, request: Request, name: str) -> Response:
        """Change its title or description."""
        model = selectors.model_get(name)
        wanted = serializers.ModelChangeIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        texts = {"title": model.title, "description": model.description} | wanted.validated_data
        services.model_describe(model=model, **texts, by=actor_of(request))
        return Response(serializers.ModelOut(selectors.model_get(name)).data)


class Versions(ListAPIView[ModelVersion], UploadView):
    """The versions of a model, and pushing one."""

    scope = "registry"
    serializer_class = serializers.VersionOut

    def upload_limit_bytes(self) -> int:
        """Return the limit of model files."""
        return settings.EDGEFLEET_MODEL_MAX_BYTES

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the model's versions that the filters leave."""
        name = selectors.model_get(self.kwargs["name"]).name
        return selectors.versions_all(model=name, **_filters(self.request))

    @extend_schema(parameters=[serializers.VersionFilterIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of versions, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": serializers.VersionIn},
        responses={201: serializers.VersionOut},
    )
    @idempotent(atomic=False)
    def post(self, request: Request, name: str) -> Response:
        """Push a `.keras` file or an int8 `.tflite`; its admission follows in the background."""
        model = selectors.model_get(name)
        wanted = serializers.VersionIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
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


class VersionDetail(APIView):
    """One version of a model."""

    scope = "registry"

    @extend_schema(responses=serializers.VersionOut)
    def get(self, request: Request, name: str, number: int) -> Response:
        """Return the version."""
        version = selectors.version_get(model=name, number=number)
        return Response(serializers.VersionOut(version).data)


class AllVersions(ListAPIView[ModelVersion]):
    """Versions of all models: by digest, op, alias, label, state, format or dataset."""

    scope = "registry"
    serializer_class = serializers.VersionOut

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the versions that the filters leave."""
        return selectors.versions_all(**_filters(self.request))

    @extend_schema(parameters=[serializers.VersionFilterIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of versions, the newest first."""
        return super().get(request, *args, **kwargs)


class AnyVersion(APIView):
    """A version by its public id."""

    scope = "registry"

    @extend_schema(responses=serializers.VersionOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the version."""
        return Response(serializers.VersionOut(selectors.version_by_id(public_id)).data)


class Compare(APIView):
    """What differs between two versions of a model."""

    scope = "registry"

    @extend_schema(
        parameters=[OpenApiParameter("from", str), OpenApiParameter("to", str)],
        responses=serializers.CompareOut,
    )
    def get(self, request: Request, name: str) -> Response:
        """Compare `from` with `to`; each is a number, a label, a digest or an alias."""
        model = selectors.model_get(name)
        words = [request.query_params.get(side, "") for side in ("from", "to")]
        if not all(words):
            raise Refused("Name two versions: ?from=…&to=… (number, label, digest or alias).")
        before, after = (selectors.version_resolve(model=model.name, word=word) for word in words)
        found = compare(selectors.version_facts(before), selectors.version_facts(after))
        names = {"before": before.public_id, "after": after.public_id}
        return Response(serializers.CompareOut(names | found).data)


def _filters(request: Request) -> dict[str, str]:
    wanted = serializers.VersionFilterIn(data=request.query_params)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)
