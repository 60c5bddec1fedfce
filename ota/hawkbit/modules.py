"""Software modules and their artifacts."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.devices.device_api.answers import json_answer
from fleet.lib.actor import Actor
from fleet.lib.errors import NotFound, Refused, TooLarge
from fleet.lib.rest.parsers import StrictFormParser
from ota import selectors, services
from ota.choices import LABEL_MAX, NAME_MAX, TYPE_MAX
from ota.hawkbit.base import ManagementView, created, done, milliseconds, text
from ota.models import NUMBERS_FROM, SoftwareFile, SoftwareModule

FORM_BYTES = 1024 * 1024  # of a multipart body, beside its file


class SoftwareModuleRows(ManagementView):
    """All of them."""

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page."""
        rows = selectors.software_modules().order_by("pk")
        return self.page(request, rows, lambda row: document(self, row))

    def post(self, request: Request) -> HttpResponse:
        """Make modules."""
        by = actor_of(request)
        given = self.objects(request, "The modules")
        with transaction.atomic():
            made = [_create(each, by) for each in given]
        return created([document(self, row) for row in made])


class SoftwareModuleRow(ManagementView):
    """One of them."""

    def get(self, request: Request, module: int) -> HttpResponse:
        """Answer with the module."""
        del request
        return json_answer(document(self, module_get(module)))

    def delete(self, request: Request, module: int) -> Response:
        """Take it off the lists. Saying it again changes nothing, as with hawkBit."""
        row = SoftwareModule.objects.filter(pk=module - NUMBERS_FROM).first()
        if row is None:
            raise NotFound(f"There is no software module {module}.")
        if row.removed_at is None:
            services.software_module_remove(by=actor_of(request), module=row)
        return done()


class SoftwareFileRows(ManagementView):
    """A module's files."""

    parser_classes: tuple[type[BaseParser], ...] = (StrictFormParser,)

    def get(self, request: Request, module: int) -> HttpResponse:
        """Answer with all of them."""
        del request
        row = module_get(module)
        return json_answer([_artifact(self, each) for each in row.files.all()])

    def post(self, request: Request, module: int) -> HttpResponse:
        """Store a file, under the name in the form or under its own."""
        row = module_get(module)
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.EDGEFLEET_SOFTWARE_MAX_BYTES + FORM_BYTES
        if not (length.isascii() and length.isdigit()) or int(length) > limit:
            raise TooLarge(f"The body has more than {limit} bytes, or no length.")
        form = cast("dict[str, Any]", request.data)
        sent = form.get("file")
        if sent is None or not hasattr(sent, "file"):
            raise Refused("The form needs a file under the name 'file'.")
        told = form.get("filename") or sent.name
        file = services.software_file_add(
            by=actor_of(request),
            module=row,
            filename=str(told),
            content=sent.file,
            expected_sha256=form.get("sha256sum") or None,
        )
        return created(_artifact(self, file))


class SoftwareFileRow(ManagementView):
    """One of a module's files."""

    def get(self, request: Request, module: int, artifact: int) -> HttpResponse:
        """Answer with what is known of the file."""
        del request
        return json_answer(_artifact(self, _file(module, artifact)))

    def delete(self, request: Request, module: int, artifact: int) -> Response:
        """Take it out of a module that was not released yet."""
        services.software_file_remove(by=actor_of(request), file=_file(module, artifact))
        return done()


def module_get(number: int) -> SoftwareModule:
    """Return a module by the number that devices see. Raises NotFound."""
    row = selectors.software_modules().filter(pk=number - NUMBERS_FROM).first()
    if row is None:
        raise NotFound(f"There is no software module {number}.")
    return row


def document(view: ManagementView, row: SoftwareModule) -> dict[str, Any]:
    """Return a module as hawkBit shows it."""
    base = f"softwaremodules/{row.number}"
    return {
        "id": row.number,
        "name": row.name,
        "version": row.version,
        "type": row.type,
        "description": row.description,
        "deleted": row.removed_at is not None,
        "createdAt": milliseconds(row.created_at),
        "createdBy": row.created_by,
        "_links": {"self": view.link(base), "artifacts": view.link(f"{base}/artifacts")},
    }


def _create(data: Mapping[str, Any], by: Actor) -> SoftwareModule:
    return services.software_module_create(
        by=by,
        name=text(data, "name", limit=NAME_MAX),
        version=text(data, "version", limit=LABEL_MAX),
        type=text(data, "type", limit=TYPE_MAX),
        description=text(data, "description", limit=500, default=""),
    )


def _file(module: int, artifact: int) -> SoftwareFile:
    rows = SoftwareFile.objects.filter(module=module_get(module), pk=artifact)
    row = rows.select_related("module").first()
    if row is None:
        raise NotFound(f"There is no artifact {artifact} of this software module.")
    return row


def _artifact(view: ManagementView, row: SoftwareFile) -> dict[str, Any]:
    number = NUMBERS_FROM + row.module_id
    return {
        "id": row.pk,
        "providedFilename": row.filename,
        "size": row.size_bytes,
        "hashes": {"sha1": row.sha1, "md5": row.md5, "sha256": row.sha256},
        "createdAt": milliseconds(row.created_at),
        "createdBy": row.created_by,
        "_links": {"self": view.link(f"softwaremodules/{number}/artifacts/{row.pk}")},
    }
