"""Policies: the list, the editor of those that operators made, and the pardon of a device that one
of them leaves out.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fleet.access.accounts.actors import actor_of
from fleet.console.page import Trail, action, page, show
from fleet.console.present.policy_editor import (
    delivery_fields,
    document_from,
    policy_sections,
    policy_tables,
)
from fleet.devices import selectors as devices
from ota.planning import named_policies, penalty
from ota.planning.words import rule_sentences
from ota.rollouts import policy as documents

TYPED_MAX: Final = 40  # characters of a name


@page("ota_read")
def policy_list(request: HttpRequest) -> HttpResponse:
    """List every policy with what it does in short."""
    return show(request, "policies.html", "Policies", policies=named_policies.all_policies())


@page("ota_read")
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """Show a policy: in words, and in the editor."""
    found = named_policies.policy_get(name)
    return _editor(request, found.document, found=found)


@page("ota_read")
def policy_new(request: HttpRequest) -> HttpResponse:
    """Show the editor with the numbers of another policy."""
    base = named_policies.policy_get(request.GET.get("from", documents.DEFAULT)[:TYPED_MAX])
    return _editor(request, base.document)


@action("ota_write")
def policy_save(request: HttpRequest) -> HttpResponse:
    """Make a policy, or change the one that the form names."""
    typed, by = dict(request.POST.lists()), actor_of(request)
    old, name = request.POST.get("policy", ""), request.POST.get("name", "").strip()
    document = document_from(typed)
    if old:
        saved = named_policies.policy_edit(name=old, by=by, document=document)
    else:
        saved = named_policies.policy_create(name=name, by=by, document=document)
    messages.success(request, f"{saved.name} was saved; rollouts keep what they were planned with.")
    return HttpResponseRedirect(reverse("console:policy", args=[saved.name]))


@action("ota_write")
def policy_delete(request: HttpRequest, name: str) -> HttpResponse:
    """Delete a policy."""
    named_policies.policy_delete(name=name, by=actor_of(request))
    return HttpResponseRedirect(reverse("console:policies"))


@action("ota_write")
def device_pardon(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget the failures for which a device is left out."""
    penalty.pardon(device=devices.device_get(public_id), by=actor_of(request))
    return HttpResponseRedirect(reverse("console:device", args=[public_id]))


def _editor(
    request: HttpRequest,
    document: Mapping[str, Any],
    found: named_policies.NamedPolicy | None = None,
) -> HttpResponse:
    trail: Trail = [("Policies", reverse("console:policies"))]
    return show(
        request,
        "policy.html",
        found.name if found else "New policy",
        trail,
        policy=found,
        description=document.get("description") or (found.description if found else ""),
        sections=policy_sections(document),
        tables=policy_tables(document),
        delivery=delivery_fields(document),
        sentences=rule_sentences(documents.parse(found.document)) if found else [],
    )
