"""Beginning a challenger from the version's page, and ending it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import action, given
from fleet.devices import selectors as devices
from ota import selectors, services
from ota.api.shadows import ShadowIn
from registry.models import ModelVersion
from registry.selectors import version_get


@action("ota_write")
def start(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Have a group's devices run the version beside theirs."""
    version = version_get(model=name, number=number)
    typed = {key: str(value) for key, value in request.POST.items()}
    asked = given(ShadowIn, typed)
    services.shadow_start(
        by=actor_of(request),
        release=selectors.release_get(asked.pop("release")),
        group=devices.group_get(asked.pop("group")),
        **asked,
    )
    messages.success(request, "The challenger is offered to the devices at their next visit.")
    return _back(version)


@action("ota_write")
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have all devices end it."""
    shadow = selectors.shadow_get(public_id)
    services.shadow_stop(by=actor_of(request), shadow=shadow)
    return _back(shadow.release.model_version)


def _back(version: ModelVersion) -> HttpResponseRedirect:
    address = reverse("console:version", args=[version.model.name, version.number])
    return HttpResponseRedirect(f"{address}#challengers")
