"""Software of other makers: modules, the upload of their files, and releases of them.

The browser sends files to REST, as `edgefleet release software-push` does: one check, one limit.
"""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from rest_framework import serializers

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Question, action, ask_first, given, needs_of, page, show
from fleet.lib.rest.strict import StrictIn
from ota import selectors, services
from ota.api.serializers import SoftwareModuleIn
from ota.choices import LABEL_MAX, NAME_MAX
from ota.models.release import NOTES_MAX

RECENT: Final = 100
TYPES: Final = ("os", "application", "firmware", "configuration")  # offered; any word is taken


class NamedReleaseIn(StrictIn):
    """A release of modules alone, as the form has it."""

    name = serializers.CharField(max_length=NAME_MAX)
    label = serializers.CharField(max_length=LABEL_MAX)  # type: ignore[assignment]
    notes = serializers.CharField(max_length=NOTES_MAX, required=False, allow_blank=True)


@page("ota_read")
def software(request: HttpRequest) -> HttpResponse:
    """List modules, with the form for a new one and for a release of some."""
    rows = selectors.software_modules().prefetch_related("releases__release__version__model")
    return show(
        request,
        "software.html",
        "Software",
        trail=[("Releases", reverse("console:releases"))],
        modules=rows[:RECENT],
        types=TYPES,
        modules_max=services.MODULES_MAX,
    )


@page("ota_read")
def module(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one module with its files and what could be read of them."""
    found = selectors.software_module_get(public_id)
    trail = [
        ("Releases", reverse("console:releases")),
        ("Software", reverse("console:software")),
    ]
    return show(
        request,
        "software_module.html",
        str(found),
        trail,
        module=found,
        releases=[row.release for row in found.releases.select_related("release__version__model")],
        limit=settings.EDGEFLEET_SOFTWARE_MAX_BYTES,
    )


@action("ota_write")
def module_create(request: HttpRequest) -> HttpResponse:
    """Make a module; its page takes the files."""
    said = given(SoftwareModuleIn, request.POST)
    made = services.software_module_create(by=actor_of(request), **said)
    return HttpResponseRedirect(reverse("console:software-module", args=[made.public_id]))


@action("ota_write")
def module_remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a module off the lists."""
    found = selectors.software_module_get(public_id)
    question = Question(
        f"Remove {found}?",
        "It is no longer offered for releases. Those that hold it keep it.",
        "Remove it",
    )
    if asks := ask_first(request, question):
        return asks
    services.software_module_remove(by=actor_of(request), module=found)
    messages.success(request, f"{found} was removed.")
    return HttpResponseRedirect(reverse("console:software"))


@action("ota_write")
def release_create(request: HttpRequest) -> HttpResponse:
    """Draft a release of the chosen modules, under a name and a version of its own."""
    said = given(NamedReleaseIn, request.POST)
    chosen = request.POST.getlist("modules")[: services.MODULES_MAX + 1]
    made = services.release_create_named(
        by=actor_of(request),
        needs=needs_of(request.POST.get("needs", "")),
        **said,
        modules=[selectors.software_module_get(each) for each in chosen],
    )
    return HttpResponseRedirect(reverse("console:release", args=[made.public_id]))
