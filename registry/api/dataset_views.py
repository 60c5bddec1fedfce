"""REST: datasets, and the bytes of blobs."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
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
from registry.blobs.download import blob_response
from registry.models import Dataset, ModelVersion


class Datasets(UploadView, StrictList[Dataset]):
    """All datasets, and storing one."""

    scope = "registry"
    serializer_class = serializers.DatasetOut
    filters = serializers.DatasetFilterIn

    def upload_limit_bytes(self) -> int:
        """Return the limit of dataset files."""
        return settings.EDGEFLEET_DATASET_MAX_BYTES

    def get_queryset(self) -> QuerySet[Dataset]:
        """Return the datasets that the filters leave."""
        return selectors.datasets_all(**listed(self.asked))

    @takes(serializers.DatasetIn)
    @extend_schema(responses={201: serializers.DatasetOut})
    @idempotent(atomic=False)
    def post(self, request: Request) -> Response:
        """Store a `.npz` with `x` (float32) and, where labels are known, `y` (integers)."""
        given = self.given
        dataset = services.dataset_add(
            name=given["name"],
            kind=given["kind"],
            content=given["file"].file,
            by=actor_of(request),
        )
        return Response(serializers.DatasetOut(dataset).data, status=201)


class DatasetDetail(EntryView):
    """One dataset."""

    edited = ("id", "archived_at")

    def entry(self) -> Dataset:
        """Return the dataset."""
        return selectors.dataset_get(self.kwargs["public_id"])

    def row(self) -> QuerySet[Dataset]:
        """Return the dataset's row."""
        return Dataset.objects.filter(public_id=self.kwargs["public_id"], deleted_at=None)

    def shown(self) -> dict[str, Any]:
        """Return the dataset as it is shown."""
        return dict(serializers.DatasetOut(self.entry()).data)

    @extend_schema(responses=serializers.DatasetOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the dataset."""
        del request, public_id
        return Response(self.shown())

    @takes(serializers.StandingIn)
    @extend_schema(responses=serializers.DatasetOut)
    @conditional
    def patch(self, request: Request, public_id: str) -> Response:
        """Archive it, or bring it back."""
        del public_id
        self.place(request)
        return Response(self.shown())

    @takes(query=serializers.DeletionIn)
    @extend_schema(responses={204: None})
    @conditional
    def delete(self, request: Request, public_id: str) -> Response:
        """Delete it and its file, unless a version was made with it; its tombstone stays."""
        del public_id
        return self.bury(request)


class DatasetVersions(StrictList[ModelVersion]):
    """The versions that were made or measured with a dataset."""

    scope = "registry"
    serializer_class = serializers.VersionOut

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the versions."""
        return selectors.dataset_versions(selectors.dataset_get(self.kwargs["public_id"]))


class BlobDownload(StrictView):
    """The bytes of a blob."""

    scope = "registry"
    more_refusals = ("410",)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, sha256: str) -> HttpResponseBase:
        """Return the bytes, or the range that is asked for."""
        blob = selectors.blob_get(sha256)
        return blob_response(request._request, blob, filename=sha256)  # noqa: SLF001 - documented

    @extend_schema(exclude=True)
    def head(self, request: Request, sha256: str) -> HttpResponseBase:
        """Return the headers alone."""
        return self.get(request, sha256)
