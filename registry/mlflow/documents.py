"""Rows in the members that MLflow's client reads."""

from collections.abc import Mapping
from typing import Any, Final

from registry.choices import VersionState
from registry.models import Experiment, LoggedModel, Model, ModelVersion, Run, VersionOrigin
from registry.tracking.experiments import experiment_id
from registry.tracking.places import SCHEME, uri_of

STATUS: Final[Mapping[str, str]] = {
    VersionState.PENDING: "PENDING_REGISTRATION",
    VersionState.ADMITTED: "READY",
    VersionState.REJECTED: "FAILED_REGISTRATION",
}
SHOWN: Final = 1000  # values of one document


def experiment(row: Experiment) -> dict[str, Any]:
    """An experiment."""
    number = experiment_id(row)
    return {
        "experiment_id": number,
        "name": row.name,
        "artifact_location": f"{SCHEME}{number}",
        "lifecycle_stage": _stage(deleted=row.deleted),
        "creation_time": milliseconds(row.created_at),
        "last_update_time": milliseconds(row.updated_at),
        "tags": pairs(row.tags),
    }


def run_info(row: Run) -> dict[str, Any]:
    """What a run is."""
    return {
        "run_id": row.public_id,
        "run_uuid": row.public_id,
        "run_name": row.name,
        "experiment_id": experiment_id(row.experiment),
        "user_id": row.tags.get("mlflow.user", row.created_by),
        "status": row.state,
        "start_time": row.started_ms,
        **({"end_time": row.ended_ms} if row.ended_ms is not None else {}),
        "artifact_uri": uri_of(row),
        "lifecycle_stage": _stage(deleted=row.deleted),
    }


def run(row: Run) -> dict[str, Any]:
    """A run with what it logged."""
    metrics = [
        {"key": key, "value": at["value"], "step": at["step"], "timestamp": at["at_ms"]}
        for key, at in row.metrics.items()
    ]
    data = {"metrics": metrics, "params": pairs(row.params), "tags": pairs(row.tags)}
    named = [{"dataset": {**one, "source": "", "source_type": "named"}} for one in row.inputs]
    return {
        "info": run_info(row),
        "data": data,
        "inputs": {"dataset_inputs": named, "model_inputs": []},
        "outputs": {"model_outputs": row.outputs},
    }


def logged(row: LoggedModel) -> dict[str, Any]:
    """A logged model."""
    word = "UPLOAD_FAILED" if row.state == "FAILED" else row.state
    info = {
        "model_id": row.public_id,
        "experiment_id": experiment_id(row.experiment),
        "name": row.name,
        "artifact_uri": uri_of(row),
        "status": f"LOGGED_MODEL_{word}",
        "model_type": row.kind,
        "creation_timestamp_ms": milliseconds(row.created_at),
        "last_updated_timestamp_ms": milliseconds(row.updated_at),
        "tags": pairs(row.tags),
        **({"source_run_id": row.run.public_id} if row.run else {}),
    }
    return {"info": info, "data": {"params": pairs(row.params), "metrics": []}}


def model(row: Model, latest: ModelVersion | None, tags: Mapping[str, str]) -> dict[str, Any]:
    """A model, with its aliases and its newest version."""
    return {
        "name": row.name,
        "description": row.description,
        "creation_timestamp": milliseconds(row.created_at),
        "last_updated_timestamp": milliseconds(row.updated_at),
        "latest_versions": [version(latest)] if latest else [],
        "tags": pairs(tags),
        "aliases": [
            {"alias": alias.name, "version": str(alias.version.number)}
            for alias in row.aliases.all()
        ],
    }


def version(row: ModelVersion) -> dict[str, Any]:
    """A version; it is READY when it was admitted."""
    origin = origin_of(row)
    moment = row.decided_at or row.created_at
    found = {
        "name": row.model.name,
        "version": str(row.number),
        "creation_timestamp": milliseconds(row.created_at),
        "last_updated_timestamp": milliseconds(moment),
        "user_id": row.created_by,
        "current_stage": "None",
        "description": origin.description if origin else "",
        "source": origin.source if origin and origin.source else uri_of(row),
        "status": STATUS[row.state],
        "status_message": " ".join(row.reasons),
        "tags": pairs(tags_of(row)),
        "aliases": [alias.name for alias in row.aliases.all()],
    }
    if origin and origin.run:
        found["run_id"] = origin.run.public_id
    if origin and origin.logged:
        found["model_id"] = origin.logged.public_id
    return found


def origin_of(row: ModelVersion) -> VersionOrigin | None:
    """What a version was registered from, if it was."""
    return getattr(row, "origin", None)


def tags_of(row: ModelVersion) -> dict[str, str]:
    """The tags of a version: its own, and its label as ours."""
    origin = origin_of(row)
    return {"edgefleet.label": row.label, **(origin.tags if origin else {})}


def pairs(entries: Mapping[str, Any]) -> list[dict[str, str]]:
    """Names and values."""
    return [{"key": key, "value": str(value)} for key, value in entries.items()][:SHOWN]


def milliseconds(moment: Any) -> int:
    """A time as the client writes it."""
    return int(moment.timestamp() * 1000)


def _stage(*, deleted: bool) -> str:
    return "deleted" if deleted else "active"
