"""REST of software of other makers: modules, and the upload of their files."""

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.access.rest.idempotency import idempotent
from fleet.lib.rest.parsers import StrictFormParser
from fleet.lib.rest.takes import takes
from fleet.lib.rest.views import StrictList
from ota import selectors, services
from ota.api.base import OtaView
from ota.api.serializers import (
    SoftwareFileIn,
    SoftwareFileOut,
    SoftwareModuleIn,
    SoftwareModuleOut,
)
from ota.models import SoftwareModule

FORM_BYTES = 1024 * 1024  # of a multipart body, beside its file


class SoftwareModules(OtaView, StrictList[SoftwareModule]):
    """All modules."""

    serializer_class = SoftwareModuleOut

    def get_queryset(self) -> QuerySet[SoftwareModule]:
        """Return every module that was not removed."""
        return selectors.software_modules()

    @takes(SoftwareModuleIn)
    @extend_schema(responses={201: SoftwareModuleOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a module; its files are uploaded one by one."""
        module = services.software_module_create(by=actor_of(request), **self.given)
        return Response(SoftwareModuleOut(module).data, status=201)


class SoftwareModuleDetail(OtaView):
    """One module."""

    @extend_schema(responses=SoftwareModuleOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a module with its files and what could be read of them."""
        del request
        return Response(SoftwareModuleOut(selectors.software_module_get(public_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take a module off the lists; releases that hold it keep it."""
        module = selectors.software_module_get(public_id)
        services.software_module_remove(by=actor_of(request), module=module)
        return Response(status=204)


class SoftwareFiles(OtaView):
    """The files of a module."""

    parser_classes: tuple[type[BaseParser], ...] = (StrictFormParser,)

    def body_limit_bytes(self) -> int:
        """Return the largest body that the view reads: a file of the largest size in its form."""
        return int(settings.EDGEFLEET_SOFTWARE_MAX_BYTES) + FORM_BYTES

    @takes(SoftwareFileIn)
    @extend_schema(responses={201: SoftwareFileOut})
    @idempotent(atomic=False)
    def post(self, request: Request, public_id: str) -> Response:
        """Store a file: `.swu`, `.raucb`, an MCUboot image, an archive, or any other."""
        given = self.given
        row = services.software_file_add(
            by=actor_of(request),
            module=selectors.software_module_get(public_id),
            filename=given.get("filename") or given["file"].name,
            content=given["file"].file,
            expected_sha256=given.get("sha256"),
        )
        return Response(SoftwareFileOut(row).data, status=201)
