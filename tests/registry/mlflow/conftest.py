"""The unchanged client, in an environment of its own: it wants packages that nothing here wants."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[3]
LOCK = ROOT / "requirements" / "mlflow.lock"


@pytest.fixture(scope="session")
def client_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with MLflow's client, and Keras from this one; skips where no index answers."""
    environment = tmp_path_factory.mktemp("mlflow") / "venv"
    python = environment / "bin" / "python"
    uv(("venv", "--python", sys.executable, str(environment)))
    made = uv(("pip", "install", "--python", str(python), "--require-hashes", "-r", str(LOCK)))
    if made.returncode:
        pytest.skip(f"MLflow's client cannot be installed here: {made.stderr.strip()[-200:]}")
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "keras_of_the_project.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def uv(words: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run uv, whatever comes of it."""
    return subprocess.run([find_uv_bin(), *words], capture_output=True, text=True, check=False)
