"""Versions of registered models."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.lib.rest.takes import takes
from registry import selectors
from registry.mlflow import bodies, documents
from registry.mlflow.base import ClientView
from registry.mlflow.experiments import pairs_of
from registry.mlflow.models import numbered, version_of, versions
from registry.mlflow.paging import searched
from registry.models import ModelVersion
from registry.tracking import origins, places, runs


class VersionCreate(ClientView):
    """A new one, from what was logged."""

    @takes(bodies.VersionMakeIn)
    def post(self, request: Request) -> Response:
        """Push the model that lies at the source; it is READY when it was admitted."""
        given = self.given
        run = given.get("run_id")
        version = origins.version_register(
            model=selectors.model_get(given["name"]),
            source=given["source"],
            run=runs.run_get(run) if run else None,
            description=given.get("description") or "",
            tags=pairs_of(given["tags"]),
            by=actor_of(request),
        )
        return Response({"model_version": documents.version(version_of(version))})


class VersionOfNumber(ClientView):
    """One of them."""

    @takes(query=bodies.VersionNameIn)
    def get(self, request: Request) -> Response:
        """Answer with it."""
        del request
        row = numbered(self.asked["name"], self.asked["version"])
        return Response({"model_version": documents.version(row)})


class VersionUpdate(ClientView):
    """What people read of it."""

    @takes(bodies.VersionTextIn)
    def patch(self, request: Request) -> Response:
        """Change it."""
        row = numbered(self.given["name"], self.given["version"])
        origins.version_note(
            version=row, by=actor_of(request), description=self.given.get("description") or ""
        )
        return Response({"model_version": documents.version(version_of(row))})


class VersionTag(ClientView):
    """A tag."""

    @takes(bodies.VersionPairIn)
    def post(self, request: Request) -> Response:
        """Tag it."""
        row = numbered(self.given["name"], self.given["version"])
        origins.version_note(version=row, by=actor_of(request), tags=pairs_of([self.given]))
        return Response({})


class VersionTagForget(ClientView):
    """A tag that goes."""

    @takes(bodies.VersionKeyIn)
    def delete(self, request: Request) -> Response:
        """Take it away."""
        row = numbered(self.given["name"], self.given["version"])
        origins.version_note(version=row, by=actor_of(request), without=self.given["key"])
        return Response({})


class VersionSource(ClientView):
    """Where its files lie."""

    @takes(query=bodies.VersionNameIn)
    def get(self, request: Request) -> Response:
        """Answer with their address."""
        del request
        row = numbered(self.asked["name"], self.asked["version"])
        origin = documents.origin_of(row)
        source = origin.source if origin and origin.source else places.uri_of(row)
        return Response({"artifact_uri": source})


class VersionsSearch(ClientView):
    """A list."""

    @takes(query=bodies.FilterIn)
    def get(self, request: Request) -> Response:
        """Answer with a page, the newest first."""
        del request
        order = [self.asked["order_by"]] if self.asked["order_by"] else []
        rows = versions().order_by("-created_at", "-pk")
        found, more = searched(rows, _record, self.asked, order)
        return Response({"model_versions": [documents.version(row) for row in found], **more})


def _record(row: ModelVersion) -> Mapping[str, Mapping[str, Any]]:
    origin = documents.origin_of(row)
    attributes = {
        "name": row.model.name,
        "version_number": row.number,
        "version": row.number,
        "run_id": origin.run.public_id if origin and origin.run else None,
        "source_path": origin.source if origin else None,
        "creation_timestamp": documents.milliseconds(row.created_at),
        "last_updated_timestamp": documents.milliseconds(row.decided_at or row.created_at),
    }
    return {"attributes": attributes, "tags": documents.tags_of(row)}
