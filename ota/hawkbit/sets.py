"""Distribution sets: releases of modules; assigning one is a rollout to the targets that are named.

A set is a draft until it is assigned for the first time: then it is approved and published, by the
same rules as in the console, with the rights of the token.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.devices.device_api.answers import json_answer
from fleet.lib.actor import Actor
from fleet.lib.errors import NotFound, Refused
from ota import selectors, services
from ota.choices import LABEL_MAX, NAME_MAX
from ota.engine.states import ReleaseState
from ota.hawkbit.assigning import TargetWish, assign, wish_of, withdraw_all
from ota.hawkbit.base import ManagementView, created, done, milliseconds, numbers, text
from ota.hawkbit.modules import document as module_document
from ota.hawkbit.modules import module_get
from ota.models import Release
from ota.releases.artifacts import modules_of

GONE: Final = "its distribution set was deleted"


class DistributionSets(ManagementView):
    """All of them."""

    def get(self, request: Request) -> HttpResponse:
        """Answer with a page."""
        return self.page(request, _sets().order_by("pk"), lambda row: _document(self, row))

    def post(self, request: Request) -> HttpResponse:
        """Make sets out of modules."""
        by = actor_of(request)
        given = self.objects(request, "The distribution sets")
        with transaction.atomic():
            made = [_create(each, by) for each in given]
        return created([_document(self, row) for row in made])


class DistributionSetDetail(ManagementView):
    """One of them."""

    def get(self, request: Request, number: int) -> HttpResponse:
        """Answer with the set."""
        del request
        return json_answer(_document(self, _set(number)))

    def delete(self, request: Request, number: int) -> Response:
        """End its rollouts and revoke it: nobody new gets it."""
        release, by = _set(number), actor_of(request)
        withdraw_all(by=by, release=release, reason=GONE)
        services.release_revoke(by=by, release=release)
        return done()


class AssignedTargets(ManagementView):
    """The targets that get a set."""

    def post(self, request: Request, number: int) -> HttpResponse:
        """Assign it: one rollout to all that are named."""
        _set(number)
        by = actor_of(request)
        wishes = [wish_of(each) for each in self.objects(request, "The targets")]
        rows = assign(by=by, publish=lambda: self._published(number, by), wishes=_once(wishes))
        told = [row for row in rows if not row.finished_at]
        body = {
            "assigned": len(told),
            "alreadyAssigned": len(rows) - len(told),
            "total": len(rows),
            "assignedActions": [{"id": row.pk, "_links": self._links(row)} for row in told],
        }
        return json_answer(body)

    def _links(self, row: Any) -> dict[str, dict[str, str]]:
        return {"self": self.link(f"targets/{row.device.controller_id}/actions/{row.pk}")}

    def _published(self, number: int, by: Actor) -> Release:
        release = _set(number)
        if release.state == ReleaseState.DRAFT:
            self.require("ota.approve")
            services.release_approve(by=by, release=release, remark="over the Management API")
        if release.state == ReleaseState.APPROVED:
            services.release_publish(by=by, release=release)
        return _set(number)


def _once(wishes: list[TargetWish]) -> list[TargetWish]:
    found = {wish.controller_id: wish for wish in wishes}
    if len(found) != len(wishes):
        raise Refused("A target is named twice.")
    return wishes


def _sets() -> QuerySet[Release]:
    return selectors.releases().exclude(state=ReleaseState.REVOKED)


def _set(number: int) -> Release:
    row = _sets().filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no distribution set {number}.")
    return row


def _create(data: Mapping[str, Any], by: Actor) -> Release:
    listed = data.get("modules", [])
    if not isinstance(listed, list):
        raise Refused("'modules' must be a list.")
    return services.release_create_named(
        by=by,
        name=text(data, "name", limit=NAME_MAX),
        label=text(data, "version", limit=LABEL_MAX),
        modules=[module_get(number) for number in numbers(listed, "'modules'")],
        notes=text(data, "description", limit=500, default=""),
    )


def _document(view: ManagementView, row: Release) -> dict[str, Any]:
    base, modules = f"distributionsets/{row.pk}", modules_of(row)
    return {
        "id": row.pk,
        "name": row.product,
        "version": row.label,
        "description": row.notes,
        "type": modules[0].type if modules else "os",
        "complete": bool(modules) or row.version is not None,
        "deleted": False,
        "valid": row.state != ReleaseState.REVOKED,
        "createdAt": milliseconds(row.created_at),
        "createdBy": row.created_label,
        "modules": [module_document(view, each) for each in modules],
        "_links": {
            "self": view.link(base),
            "assignedTargets": view.link(f"{base}/assignedTargets"),
        },
    }
