"""Logged models."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.lib.rest.takes import takes
from registry.mlflow import bodies, documents
from registry.mlflow.base import ClientView, ReadingView
from registry.mlflow.experiments import pairs_of
from registry.mlflow.paging import searched
from registry.models import LoggedModel
from registry.tracking import experiments, logged, runs


class LoggedCreate(ClientView):
    """A new one."""

    @takes(bodies.LoggedIn)
    def post(self, request: Request) -> Response:
        """Make it; its files follow."""
        given = self.given
        source = given.get("source_run_id")
        row = logged.logged_create(
            experiment=experiments.experiment_get(given["experiment_id"]),
            run=runs.run_get(source) if source else None,
            name=given.get("name") or "",
            kind=given.get("model_type") or "",
            params=pairs_of(given["params"]),
            tags=pairs_of(given["tags"]),
            by=actor_of(request),
        )
        return Response({"model": documents.logged(row)})


class LoggedDetail(ClientView):
    """One of them."""

    @takes(query=bodies.AllowDeletedIn)
    def get(self, request: Request, model_id: str) -> Response:
        """Answer with it."""
        del request
        return Response({"model": documents.logged(logged.logged_get(model_id))})

    @takes(bodies.LoggedStateIn)
    def patch(self, request: Request, model_id: str) -> Response:
        """Say whether its files have come."""
        del request
        row = logged.logged_get(model_id)
        row = logged.logged_change(logged=row, state=self.given["status"])
        return Response({"model": documents.logged(row)})


class LoggedTags(ClientView):
    """Its tags."""

    @takes(bodies.LoggedTagsIn)
    def patch(self, request: Request, model_id: str) -> Response:
        """Add some."""
        del request
        row = logged.logged_get(model_id)
        row = logged.logged_change(logged=row, tags=pairs_of(self.given["tags"]))
        return Response({"model": documents.logged(row)})


class LoggedTag(ClientView):
    """One of its tags."""

    @takes(bodies.LoggedTagsIn)
    def delete(self, request: Request, model_id: str, key: str) -> Response:
        """Take it away."""
        del request
        logged.logged_change(logged=logged.logged_get(model_id), without_tag=key)
        return Response({})


class LoggedParams(ClientView):
    """Its parameters."""

    @takes(bodies.LoggedParamsIn)
    def post(self, request: Request, model_id: str) -> Response:
        """Add some."""
        del request
        row = logged.logged_get(model_id)
        logged.logged_change(logged=row, params=pairs_of(self.given["params"]))
        return Response({})


class LoggedSearch(ReadingView):
    """A list."""

    @takes(bodies.LoggedSearchIn)
    def post(self, request: Request) -> Response:
        """Answer with a page."""
        del request
        asked = self.given
        among = [experiments.experiment_get(number) for number in asked["experiment_ids"]]
        order = [
            f"{one['field_name']} {'ASC' if one['ascending'] else 'DESC'}"
            for one in asked["order_by"]
        ]
        found, more = searched(logged.logged_of(among), _record, asked, order)
        return Response({"models": [documents.logged(row) for row in found], **more})


def _record(row: LoggedModel) -> Mapping[str, Mapping[str, Any]]:
    attributes = {
        "name": row.name,
        "model_id": row.public_id,
        "model_type": row.kind,
        "status": row.state,
        "source_run_id": row.run.public_id if row.run else None,
        "creation_timestamp": documents.milliseconds(row.created_at),
        "last_updated_timestamp": documents.milliseconds(row.updated_at),
    }
    metrics = row.run.metrics if row.run else {}
    return {
        "attributes": attributes,
        "params": row.params,
        "tags": row.tags,
        "metrics": {key: at["value"] for key, at in metrics.items()},
    }
