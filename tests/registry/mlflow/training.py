"""A training script that only changes its tracking URI, run by the unchanged client of MLflow.

It prints one JSON object of what it saw. Usage: `python training.py FOLDER`, with
`MLFLOW_TRACKING_URI` and `MLFLOW_TRACKING_TOKEN` in the environment.
"""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import mlflow
import mlflow.keras
import numpy as np
import requests  # noqa: TID251 - what MLflow's client sends by
from mlflow.exceptions import MlflowException, RestException


def record(folder: Path) -> None:
    """Note every request beside what it does: a line each of method, address, status and body."""
    send = requests.adapters.HTTPAdapter.send
    notes = (folder / "requests.jsonl").open("a")

    def noted(self: Any, request: Any, **more: Any) -> Any:
        answer = send(self, request, **more)
        text = request.body.decode() if isinstance(request.body, bytes) else request.body
        body = json.loads(text) if isinstance(text, str) else None
        print(json.dumps([request.method, request.path_url, answer.status_code, body]), file=notes)
        notes.flush()
        return answer

    requests.adapters.HTTPAdapter.send = noted  # type: ignore[assignment, method-assign]


def network(seed: int) -> Any:
    """Eight by eight pixels to ten classes."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential([keras.Input((8, 8, 1)), *layers])


def refused(call: Any) -> dict[str, str]:
    """The word and the sentence of a refusal."""
    try:
        call()
    except RestException as error:
        return {"word": error.error_code, "said": error.message}
    except MlflowException as error:
        return {"word": "", "said": str(error)}
    return {}


def log(folder: Path) -> dict[str, Any]:
    """One run with everything that scripts do in one."""
    mlflow.set_experiment("digits")
    mlflow.set_experiment_tag("team", "vision")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_param("width", 8)
        mlflow.log_params({"rate": 0.01, "epochs": 3})
        for step in range(4):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"accuracy": 0.97, "worst": float("nan")})
        mlflow.set_tag("mlflow.source.git.commit", "0123abcd")
        mlflow.set_tags({"edgefleet.class_names": json.dumps([str(n) for n in range(10)])})
        mlflow.log_text("a line", "notes/about.txt")
        mlflow.log_dict({"a": 1}, "notes/more.json")
        (folder / "whole").mkdir()
        (folder / "whole" / "one.bin").write_bytes(b"one")
        (folder / "whole" / "two.bin").write_bytes(b"two")
        mlflow.log_artifacts(str(folder / "whole"), "files")
        model = network(0)
        signature = mlflow.models.infer_signature(
            np.zeros((1, 8, 8, 1), np.float32), np.zeros((1, 10), np.float32)
        )
        info = mlflow.keras.log_model(
            model,
            name="model",
            signature=signature,
            pip_requirements=["keras"],
            registered_model_name="digits",
            await_registration_for=60,
        )
    return {"run": run.info.run_id, "model_id": info.model_id, "weights": weights(model)}


def weights(model: Any) -> list[float]:
    """Some numbers by which a model is known again."""
    return [float(value) for value in model.get_weights()[0].ravel()[:4]]


def look(run: str) -> dict[str, Any]:
    """What the client reads back."""
    client = mlflow.MlflowClient()
    found = client.get_run(run)
    experiment = client.get_experiment_by_name("digits")
    by_filter = client.search_runs(
        [experiment.experiment_id],
        "metrics.accuracy > 0.9 AND params.width = '8' AND tags.mlflow.runName LIKE 'fi%'",
        order_by=["metrics.accuracy DESC"],
    )
    version = client.get_model_version("digits", "1")
    client.set_registered_model_alias("digits", "production", "1")
    client.set_model_version_tag("digits", "1", "reviewed", "yes")
    client.update_model_version("digits", "1", "The first of them.")
    by_alias = client.get_model_version_by_alias("digits", "production")
    back = mlflow.keras.load_model("models:/digits@production")
    return {
        "params": found.data.params,
        "status": found.info.status,
        "metrics": {k: v for k, v in found.data.metrics.items() if k != "worst"},
        "worst": str(found.data.metrics["worst"]),
        "curve": [[one.step, one.value] for one in client.get_metric_history(run, "loss")],
        "files": [one.path for one in client.list_artifacts(run, "files")],
        "text": mlflow.artifacts.load_text(f"{found.info.artifact_uri}/notes/about.txt"),
        "found": [one.info.run_id for one in by_filter],
        "version": [version.status, version.run_id, version.source],
        "by_alias": [by_alias.version, by_alias.description, by_alias.tags["reviewed"]],
        "models": [one.name for one in client.search_registered_models()],
        "versions": [one.version for one in client.search_model_versions("name='digits'")],
        "logged": [one.name for one in mlflow.search_logged_models(
            [experiment.experiment_id], output_format="list"
        )],
        "weights": weights(back),
    }  # fmt: skip


def refusals(run: str) -> dict[str, Any]:
    """What a script is told that asks for what is not done here."""
    client = mlflow.MlflowClient()
    client.log_text(run, "pickled", "pickles/model.pkl")
    pickled = f"mlflow-artifacts:/{client.get_run(run).info.experiment_id}/{run}/artifacts/pickles"
    return {
        "pickle": refused(lambda: client.create_model_version("digits", pickled, run)),
        "param": refused(lambda: client.log_param(run, "width", 9)),
        "name": refused(lambda: client.create_registered_model("Not a Name")),
        "again": refused(lambda: client.create_registered_model("digits")),
        "delete": refused(lambda: client.delete_model_version("digits", "1")),
        "missing": refused(lambda: client.get_run("0" * 32)),
    }


def main() -> None:
    """Train, look, ask for too much."""
    folder = Path(sys.argv[1])
    record(folder)
    logged = log(folder)
    seen = look(logged["run"])
    (folder / "seen.json").write_text(
        json.dumps({"logged": logged, "seen": seen, "refused": refusals(logged["run"])})
    )


if __name__ == "__main__":
    main()
