"""`python -m fleet.cli` as a process of its own, over a real socket."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.access.rules.roles import ROLES
from fleet.lib.hashing import sha256_hex
from registry.models import ModelVersion
from tests import personas
from tests.registry.factories import keras_bytes, model_make
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]


def edgefleet(url: str, secret: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {"EDGEFLEET_URL": url, "EDGEFLEET_TOKEN": secret, "PATH": "", "HOME": "/nowhere"}
    command = [sys.executable, "-m", "fleet.cli", *(str(argument) for argument in arguments)]
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_a_file_travels_over_a_real_socket(live_server: Any, tmp_path: Path) -> None:
    file = tmp_path / "digits.keras"
    file.write_bytes(keras_bytes())
    secret = personas.token("owner", scopes=ROLES["admin"])[1]
    model_make()
    push = ("model", "push", "digits", file, "--label", "1.0", "--no-wait", "--json")
    done = edgefleet(live_server.url, secret, *push)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sha256"] == sha256_hex(file.read_bytes())
    assert ModelVersion.objects.get().label == "1.0"
    back = tmp_path / "back"
    done = edgefleet(live_server.url, secret, "model", "download", "digits:1.0", "--out", back)
    assert done.returncode == 0, done.stderr
    assert back.read_bytes() == file.read_bytes()


def test_nobody_there_is_exit_3() -> None:
    program = (
        "import sys; from fleet.cli.__main__ import run; from fleet.cli.session import Session\n"
        "sys.exit(run(['whoami'], Session(sleep=lambda seconds: None)))"
    )
    environment = {"EDGEFLEET_URL": "http://127.0.0.1:1", "EDGEFLEET_TOKEN": "t", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_it_never_loads_the_service() -> None:
    program = (
        "import fleet.cli.__main__, sys; print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert not loaded & {"django", "rest_framework", "celery", "numpy", "registry", "builds", "ota"}
