"""Runs: parameters, tags, metrics with their curves, and what they read and gave."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from fleet.access.accounts.actors import actor_of
from fleet.lib.rest.takes import takes
from registry.choices import RunState
from registry.mlflow import bodies, documents
from registry.mlflow.base import ClientView, ReadingView
from registry.mlflow.experiments import DELETED, pairs_of
from registry.mlflow.paging import searched
from registry.models import Run
from registry.tracking import experiments, files, places, runs
from registry.tracking.bounds import WORDS
from registry.tracking.runs import MetricNews, News

HISTORY_MAX: Final = 25_000  # values of one answer


class RunCreate(ClientView):
    """A new one."""

    @takes(bodies.RunIn)
    def post(self, request: Request) -> Response:
        """Begin it."""
        given = self.given
        row = runs.run_create(
            experiment=experiments.experiment_get(given["experiment_id"]),
            name=given.get("run_name") or "",
            tags=pairs_of(given["tags"]),
            started_ms=given.get("start_time"),
            by=actor_of(request),
        )
        return Response({"run": documents.run(row)})


class RunDetail(ClientView):
    """One of them."""

    @takes(query=bodies.RunIdIn)
    def get(self, request: Request) -> Response:
        """Answer with the run."""
        del request
        return Response({"run": documents.run(runs.run_get(self.asked["run_id"]))})


class RunUpdate(ClientView):
    """How it goes."""

    @takes(bodies.RunUpdateIn)
    def post(self, request: Request) -> Response:
        """Say it."""
        state = self.given.get("status")
        row = runs.run_update(
            run=runs.run_get(self.given["run_id"]),
            state=RunState(state) if state else None,
            ended_ms=self.given.get("end_time"),
            name=self.given.get("run_name"),
            by=actor_of(request),
        )
        return Response({"run_info": documents.run_info(row)})


class RunPutAway(ClientView):
    """Off the lists, with all that it logged kept."""

    deleted = True

    @takes(bodies.RunIdIn)
    def post(self, request: Request) -> Response:
        """Put it away, or bring it back."""
        row = runs.run_get(self.given["run_id"])
        runs.run_put_away(run=row, deleted=self.deleted, by=actor_of(request))
        return Response({})


class RunBringBack(RunPutAway):
    """On the lists again."""

    deleted = False


class RunParam(ClientView):
    """A parameter."""

    @takes(bodies.RunPairIn)
    def post(self, request: Request) -> Response:
        """Take it."""
        del request
        news = News(params=pairs_of([self.given]))
        runs.run_log(run=runs.run_get(self.given["run_id"]), news=news)
        return Response({})


class RunMetric(ClientView):
    """A value of a metric."""

    @takes(bodies.RunPointIn)
    def post(self, request: Request) -> Response:
        """Take it."""
        del request
        news = News(points=[_point(self.given)])
        runs.run_log(run=runs.run_get(self.given["run_id"]), news=news)
        return Response({})


class RunBatch(ClientView):
    """All of it at once."""

    @takes(bodies.RunBatchIn)
    def post(self, request: Request) -> Response:
        """Take it, or nothing of it."""
        del request
        news = News(
            params=pairs_of(self.given["params"]),
            tags=pairs_of(self.given["tags"]),
            points=[_point(one) for one in self.given["metrics"]],
        )
        runs.run_log(run=runs.run_get(self.given["run_id"]), news=news)
        return Response({})


class RunTag(ClientView):
    """A tag."""

    @takes(bodies.RunPairIn)
    def post(self, request: Request) -> Response:
        """Take it."""
        del request
        news = News(tags=pairs_of([self.given]))
        runs.run_log(run=runs.run_get(self.given["run_id"]), news=news)
        return Response({})


class RunTagForget(ClientView):
    """A tag that goes."""

    @takes(bodies.RunKeyIn)
    def post(self, request: Request) -> Response:
        """Take it away."""
        del request
        runs.run_forget_tag(run=runs.run_get(self.given["run_id"]), key=self.given["key"])
        return Response({})


class RunInputs(ClientView):
    """Datasets that it read."""

    @takes(bodies.RunInputsIn)
    def post(self, request: Request) -> Response:
        """Keep their names and digests."""
        del request
        named = [dict(one["dataset"]) for one in self.given["datasets"]]
        runs.run_note(run=runs.run_get(self.given["run_id"]), inputs=named)
        return Response({})


class RunOutputs(ClientView):
    """Models that it gave."""

    @takes(bodies.RunOutputsIn)
    def post(self, request: Request) -> Response:
        """Keep their ids."""
        del request
        given = [dict(one) for one in self.given["models"]]
        runs.run_note(run=runs.run_get(self.given["run_id"]), outputs=given)
        return Response({})


class RunSearch(ReadingView):
    """A list."""

    @takes(bodies.RunsSearchIn)
    def post(self, request: Request) -> Response:
        """Answer with a page."""
        del request
        asked = self.given
        among = [experiments.experiment_get(number) for number in asked["experiment_ids"]]
        rows = runs.runs_of(among, deleted=DELETED[asked["run_view_type"]])
        found, more = searched(rows, _record, asked, asked["order_by"])
        return Response({"runs": [documents.run(row) for row in found], **more})


class MetricHistory(ClientView):
    """The curve of a metric."""

    @takes(query=bodies.HistoryIn)
    def get(self, request: Request) -> Response:
        """Answer with its values, by step."""
        del request
        rows = runs.curve(runs.run_get(self.asked["run_id"]), self.asked["metric_key"])
        start = int(self.asked["page_token"] or 0)
        end = start + min(self.asked["max_results"], HISTORY_MAX)
        found = list(rows[start : end + 1])
        more = {"next_page_token": str(end)} if len(found) > end - start else {}
        metrics = [
            {
                "key": point.key,
                "value": point.word or point.value,
                "step": point.step,
                "timestamp": point.at_ms,
            }
            for point in found[: end - start]
        ]
        return Response({"metrics": metrics, **more})


class RunFiles(ClientView):
    """A folder of a run."""

    @takes(query=bodies.RunFilesIn)
    def get(self, request: Request) -> Response:
        """Answer with the names in it."""
        del request
        run = runs.run_get(self.asked["run_id"])
        path = self.asked["path"].strip("/")
        start = f"{path}/" if path else ""
        found = [
            file_document(f"{start}{one.name}", one.size_bytes)
            for one in files.listed(places.FilePlace(run, path))
        ]
        return Response({"root_uri": places.uri_of(run), "files": found})


def file_document(path: str, size_bytes: int | None) -> dict[str, Any]:
    """A file or a folder, as a list of files shows it."""
    if size_bytes is None:
        return {"path": path, "is_dir": True}
    return {"path": path, "is_dir": False, "file_size": size_bytes}


def _point(given: Mapping[str, Any]) -> MetricNews:
    return MetricNews(given["key"], given["value"], given["step"], given["timestamp"])


def _record(row: Run) -> Mapping[str, Mapping[str, Any]]:
    attributes = {
        "run_id": row.public_id,
        "run_name": row.name,
        "status": row.state,
        "start_time": row.started_ms,
        "end_time": row.ended_ms,
        "user_id": row.created_by,
        "artifact_uri": places.uri_of(row),
    }
    metrics = {key: WORDS.get(at["value"], at["value"]) for key, at in row.metrics.items()}
    return {"attributes": attributes, "metrics": metrics, "params": row.params, "tags": row.tags}
