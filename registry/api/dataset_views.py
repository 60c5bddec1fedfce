"""REST: datasets, and the bytes of blobs."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fleet.access.actors import actor_of
from fleet.access.idempotency import idempotent
from registry import selectors, services
from registry.api import serializers
from registry.api.uploads import UploadView
from registry.download import blob_response
from registry.models import Dataset, ModelVersion


class Datasets(ListAPIView[Dataset], UploadView):
    """All datasets, and storing one."""

    scope = "registry"
    serializer_class = serializers.DatasetOut

    def upload_limit_bytes(self) -> int:
        """Return the limit of dataset files."""
        return settings.EDGEFLEET_DATASET_MAX_BYTES

    def get_queryset(self) -> QuerySet[Dataset]:
        """Return the datasets that the filters leave."""
        wanted = serializers.DatasetFilterIn(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.datasets_all(**wanted.validated_data)

    @extend_schema(parameters=[serializers.DatasetFilterIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of datasets, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": serializers.DatasetIn},
        responses={201: serializers.DatasetOut},
    )
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """Store a `.npz` with `x` (float32) and, where labels are known, `y` (integers)."""
        wanted = serializers.DatasetIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        dataset = services.dataset_add(
            name=given["name"],
            kind=given["kind"],
            content=given["file"].file,
            by=actor_of(request),
        )
        return Response(serializers.DatasetOut(dataset).data, status=201)


class DatasetDetail(APIView):
    """One dataset."""

    scope = "registry"

    @extend_schema(responses=serializers.DatasetOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the dataset."""
        return Response(serializers.DatasetOut(selectors.dataset_get(public_id)).data)


class DatasetVersions(ListAPIView[ModelVersion]):
    """The versions that were made or measured with a dataset."""

    scope = "registry"
    serializer_class = serializers.VersionOut

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the versions."""
        return selectors.dataset_versions(selectors.dataset_get(self.kwargs["public_id"]))


class BlobDownload(APIView):
    """The bytes of a blob."""

    scope = "registry"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, sha256: str) -> HttpResponseBase:
        """Return the bytes, or the range that is asked for."""
        blob = selectors.blob_get(sha256)
        return blob_response(request._request, blob, filename=sha256)  # noqa: SLF001 - documented

    @extend_schema(exclude=True)
    def head(self, request: Request, sha256: str) -> HttpResponseBase:
        """Return the headers alone."""
        return self.get(request, sha256)
