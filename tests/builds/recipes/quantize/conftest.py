"""Real models, made once; skipped with the reason where TensorFlow is not installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builds.recipes.quantize import run as quantize
from tests.waiting import PATIENCE_SECONDS

MAKER = Path(__file__).with_name("make_models.py")


class Files:
    """The made files by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed (extra ml)")
    folder = tmp_path_factory.mktemp("models")
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(
        [sys.executable, str(MAKER), str(folder)],
        check=True,
        env=os.environ | quiet,
        timeout=PATIENCE_SECONDS,
    )
    return Files(folder)


@pytest.fixture(scope="session")
def quantised(files: Files, tmp_path_factory: pytest.TempPathFactory) -> quantize.Quantized:
    return quantize.quantize(
        keras_bytes=files["small.keras"],
        calibration_npz=files["calibration.npz"],
        evaluation_npz=files["evaluation.npz"],
        workdir=tmp_path_factory.mktemp("work"),
    )
