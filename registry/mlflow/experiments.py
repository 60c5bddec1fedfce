"""Experiments."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.lib.rest.takes import takes
from registry.mlflow import bodies, documents
from registry.mlflow.base import ClientView, ReadingView
from registry.mlflow.paging import searched
from registry.models import Experiment
from registry.tracking import experiments

DELETED: Final[Mapping[str, bool | None]] = {
    "ACTIVE_ONLY": False,
    "DELETED_ONLY": True,
    "ALL": None,
}


def pairs_of(given: Any) -> dict[str, str]:
    """Names and values of a body, as a document."""
    return {one["key"]: one["value"] or "" for one in given or ()}


class ExperimentByName(ClientView):
    """By name."""

    @takes(query=bodies.ExperimentNameIn)
    def get(self, request: Request) -> Response:
        """Answer with the experiment."""
        del request
        row = experiments.experiment_named(self.asked["experiment_name"])
        return Response({"experiment": documents.experiment(row)})


class ExperimentByNumber(ClientView):
    """By number."""

    @takes(query=bodies.ExperimentIdIn)
    def get(self, request: Request) -> Response:
        """Answer with the experiment."""
        del request
        row = experiments.experiment_get(self.asked["experiment_id"])
        return Response({"experiment": documents.experiment(row)})


class ExperimentSearch(ReadingView):
    """A list."""

    @takes(bodies.ViewIn)
    def post(self, request: Request) -> Response:
        """Answer with a page."""
        del request
        rows = experiments.experiments_all(deleted=DELETED[self.given["view_type"]])
        found, more = searched(rows, _record, self.given, self.given["order_by"])
        return Response({"experiments": [documents.experiment(row) for row in found], **more})


class ExperimentCreate(ClientView):
    """A new one."""

    @takes(bodies.ExperimentIn)
    def post(self, request: Request) -> Response:
        """Make it."""
        row = experiments.experiment_create(
            name=self.given["name"], tags=pairs_of(self.given["tags"]), by=actor_of(request)
        )
        return Response({"experiment_id": experiments.experiment_id(row)})


class ExperimentRename(ClientView):
    """Another name."""

    @takes(bodies.ExperimentRenameIn)
    def post(self, request: Request) -> Response:
        """Rename it."""
        row = experiments.experiment_get(self.given["experiment_id"])
        name = self.given["new_name"]
        experiments.experiment_change(experiment=row, name=name, by=actor_of(request))
        return Response({})


class ExperimentTag(ClientView):
    """A tag."""

    @takes(bodies.ExperimentTagIn)
    def post(self, request: Request) -> Response:
        """Tag it."""
        row = experiments.experiment_get(self.given["experiment_id"])
        experiments.experiment_change(
            experiment=row, tags=pairs_of([self.given]), by=actor_of(request)
        )
        return Response({})


class ExperimentPutAway(ClientView):
    """Off the lists, with all its runs kept."""

    deleted = True

    @takes(bodies.ExperimentIdIn)
    def post(self, request: Request) -> Response:
        """Put it away, or bring it back."""
        row = experiments.experiment_get(self.given["experiment_id"])
        experiments.experiment_change(experiment=row, deleted=self.deleted, by=actor_of(request))
        return Response({})


class ExperimentBringBack(ExperimentPutAway):
    """On the lists again."""

    deleted = False


def _record(row: Experiment) -> Mapping[str, Mapping[str, Any]]:
    attributes = {
        "name": row.name,
        "creation_time": documents.milliseconds(row.created_at),
        "last_update_time": documents.milliseconds(row.updated_at),
        "experiment_id": experiments.experiment_id(row),
    }
    return {"attributes": attributes, "tags": row.tags}
