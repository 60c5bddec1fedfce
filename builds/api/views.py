"""REST: targets, builds, artifacts and the public keys that sign them."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builds import keyring, selectors, services
from builds.api import serializers
from builds.models import Build
from builds.targets import all_targets
from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.access.rest.permissions import scopes_of_request
from fleet.lib.errors import Forbidden
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList, StrictView
from registry.blobs.download import blob_response
from registry.compare.sheets import sheet
from registry.selectors import version_by_id, versions_by_id


class VersionsCompare(StrictView):
    """Any number of versions side by side, in one call."""

    scope = "builds"

    @takes(query=serializers.VersionWordsIn)
    @extend_schema(responses=serializers.SheetOut)
    def get(self, request: Request) -> Response:
        """Return facts, quality, sizes and networks of `?versions=ver_…,ver_…`, of any models."""
        if "registry.read" not in scopes_of_request(request):
            raise Forbidden("This needs the scope registry.read, which you do not have.")
        found = versions_by_id(self.asked["versions"])
        laid = sheet(selectors.columns_of(found))
        body = {"columns": found, "rows": laid.rows, "operators": laid.operators}
        return Response(serializers.SheetOut(body | {"untold": laid.untold}).data)


class Targets(StrictView):
    """The CPU profiles that artifacts are built for."""

    scope = "builds"

    @extend_schema(responses=serializers.TargetOut(many=True))
    def get(self, request: Request) -> Response:
        """Return all targets, by name."""
        del request
        found: Any = all_targets()  # the stubs do not know many=True
        return Response(serializers.TargetOut(found, many=True).data)


class Builds(StrictList[Build]):
    """Builds, the newest first, and asking for more."""

    scope = "builds"
    serializer_class = serializers.BuildOut
    filters = serializers.BuildFilterIn

    def get_queryset(self) -> QuerySet[Build]:
        """Return the builds that match the query."""
        return selectors.builds(**self.asked)

    @takes(serializers.BuildIn)
    @extend_schema(
        responses={200: serializers.BuildsRequestedOut, 201: serializers.BuildsRequestedOut},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for builds: 201 when at least one is new, 200 when all were there already."""
        fields = dict(self.given)
        version = version_by_id(fields.pop("version"))
        made = services.build_request(version=version, by=actor_of(request), **fields)
        body = serializers.BuildsRequestedOut({"builds": made}).data
        return Response(body, status=200 if all(item.cached for item in made) else 201)


class BuildDetail(StrictView):
    """One build."""

    scope = "builds"

    @extend_schema(responses=serializers.BuildDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return the build with its log."""
        del request
        return Response(serializers.BuildDetailOut(selectors.build_get(public_id)).data)


class BuildArtifacts(StrictView):
    """The files of one build."""

    scope = "builds"

    @extend_schema(responses=serializers.ArtifactOut(many=True))
    def get(self, request: Request, public_id: str) -> Response:
        """Return all files of the build, by name."""
        del request
        files = selectors.artifacts_of(selectors.build_get(public_id)).select_related("build")
        return Response(serializers.ArtifactOut(files, many=True).data)


class ArtifactDetail(StrictView):
    """One artifact."""

    scope = "builds"

    @extend_schema(responses=serializers.ArtifactOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Return its digest, length and signature."""
        del request
        return Response(serializers.ArtifactOut(selectors.artifact_get(public_id)).data)


class ArtifactDownload(StrictView):
    """The bytes of an artifact."""

    scope = "builds"

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: str) -> HttpResponseBase:
        """Return the file; Range, If-Range and If-None-Match are honoured."""
        artifact = selectors.artifact_get(public_id)
        http = request._request  # noqa: SLF001 - DRF documents it
        return blob_response(http, artifact.blob, filename=artifact.filename)


class PublicKeys(StrictView):
    """The keys that sign."""

    scope = "builds"

    @extend_schema(responses=serializers.PublicKeyOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the public key of each role."""
        del request
        keys = [{"role": role, **key} for role, key in keyring.public_keys().items()]
        return Response(serializers.PublicKeyOut(keys, many=True).data)
