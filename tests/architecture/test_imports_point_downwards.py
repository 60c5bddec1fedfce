"""The arrows of the design hold, and importing a pure package loads no framework."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.shape import ROOT

PURE = ("builds.compiler", "builds.export", "ota.engine", "fleet.telemetry.drift", "device_agent")
FRAMEWORKS = ("django", "rest_framework", "celery", "boto3", "tensorflow")


def test_import_linter_finds_no_broken_contract() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_loads_no_framework(package: str) -> None:
    code = f"import sys, {package}; print([m for m in {FRAMEWORKS} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_web_process_loads_no_tensorflow_and_no_emulator() -> None:
    code = (
        "import sys, fleet.wsgi, fleet.urls\n"
        "print([m for m in ('tensorflow', 'keras', 'unicorn', 'tflite_micro') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
