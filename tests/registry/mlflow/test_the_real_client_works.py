"""The unchanged client of MLflow trains, registers, searches and loads against this service."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from builds.models import Probe
from builds.sources.admission.admit import admission_run
from fleet.access.models import AuditEntry
from registry.models import ModelVersion
from registry.signals import version_added
from tests import personas
from tests.registry.mlflow import wire
from tests.waiting import PATIENCE_SECONDS

TRAINING = Path(__file__).with_name("training.py")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admitted_at_once() -> Iterator[None]:
    """Read each new version in the jail as soon as its push is committed, as a worker does."""

    def read(version: ModelVersion, **_: Any) -> None:
        def run() -> None:
            admission_run(probe_id=Probe.objects.get(version=version).pk)

        transaction.on_commit(run)

    version_added.connect(read, dispatch_uid="tests.mlflow")
    yield
    version_added.disconnect(dispatch_uid="tests.mlflow")


@pytest.mark.usefixtures("admitted_at_once")
def test_a_script_that_only_changes_its_tracking_uri(
    live_server: Any, client_python: Path, tmp_path: Path
) -> None:
    secret = personas.token(scopes=("registry.read", "registry.write"))[1]
    environment = {
        "MLFLOW_TRACKING_URI": live_server.url,
        "MLFLOW_TRACKING_TOKEN": secret,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "HOME": str(tmp_path),
        "LOGNAME": "ada",
        "PATH": os.environ["PATH"],
    }
    script = tmp_path / "training.py"  # no checkout around it: the commit is the one that it says
    script.write_text(TRAINING.read_text())
    done = subprocess.run(
        [client_python, script, tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "seen.json").read_text())
    it_logs_what_was_said(told)
    it_becomes_a_version_with_its_lineage(told)
    it_says_what_it_does_not_do(told["refused"])
    it_sends_what_the_replay_sends((tmp_path / "requests.jsonl").read_text())


def it_logs_what_was_said(told: Any) -> None:
    seen, run = told["seen"], told["logged"]["run"]
    assert seen["params"] == {"width": "8", "rate": "0.01", "epochs": "3"}
    assert seen["status"] == "FINISHED"
    assert seen["metrics"] == {"loss": 0.25, "accuracy": 0.97}
    assert seen["worst"] == "nan"
    assert seen["curve"] == [[0, 1.0], [1, 0.5], [2, 1 / 3], [3, 0.25]]
    assert seen["files"] == ["files/one.bin", "files/two.bin"]
    assert seen["text"] == "a line"
    assert seen["found"] == [run]
    assert seen["logged"] == ["model"]


def it_becomes_a_version_with_its_lineage(told: Any) -> None:
    seen, run = told["seen"], told["logged"]["run"]
    version = ModelVersion.objects.get()
    assert (version.state, version.format, version.model.name) == ("admitted", "keras", "digits")
    assert version.io_schema["inputs"][0]["shape"][1:] == [8, 8, 1]
    assert version.class_names == [str(number) for number in range(10)]
    assert version.metrics == {"loss": 0.25, "accuracy": 0.97}
    assert version.lineage["git_commit"] == "0123abcd"
    assert version.lineage["params"]["rate"] == "0.01"
    assert (version.lineage["run"], version.lineage["experiment"]) == (run, "digits")
    assert seen["version"] == ["READY", run, f"models:/{told['logged']['model_id']}"]
    assert seen["by_alias"] == ["1", "The first of them.", "yes"]
    assert (seen["models"], seen["versions"]) == (["digits"], ["1"])
    assert seen["weights"] == told["logged"]["weights"]
    assert AuditEntry.objects.filter(action="registry.run_state", subject=run).exists()


def it_says_what_it_does_not_do(refused: Any) -> None:
    assert "There is no .keras and no .tflite" in refused["pickle"]["said"]
    assert "has one value for good" in refused["param"]["said"]
    assert "A model's name has up to 64 of a-z" in refused["name"]["said"]
    assert refused["again"]["word"] == "RESOURCE_ALREADY_EXISTS"
    assert "Models and versions stay" in refused["delete"]["said"]
    assert refused["missing"]["word"] == "RESOURCE_DOES_NOT_EXIST"


def it_sends_what_the_replay_sends(lines: str) -> None:
    now = list(wire.noted(lines))
    if os.environ.get("UPDATE_GOLDEN"):
        wire.store(now)
    kept = {(one.call, *one.members) for one in wire.stored()}
    assert {(one.call, *one.members) for one in now} == kept
