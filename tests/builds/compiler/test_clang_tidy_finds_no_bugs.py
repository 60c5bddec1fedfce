"""clang-tidy's bugprone checks find nothing in the generated code of the public models."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.targets.catalog import load_target
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.oracle import MODELS
from tests.waiting import PATIENCE_SECONDS

TIDY = shutil.which("clang-tidy")
CHECKS = "-*,bugprone-*"
PUBLIC = (
    "ad01_int8",
    "hello_world_int8",
    "kws_ref_model",
    "pretrainedResnet_quant",
    "vww_96_int8",
)

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(TIDY is None, reason="clang-tidy is not installed"),
]


def complaints(model: bytes, folder: Path, target: str = "rv32imc") -> list[str]:
    """Compile for a target, by default one without assembly, and give what clang-tidy says."""
    for name, text in compile_model(model, load_target(target)).files.items():
        (folder / name).write_text(text)
    command = [str(TIDY), f"--checks={CHECKS}", "--quiet", "model.cc", "--", "-std=c++17"]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    found = re.findall(r"^.*(?:warning|error): .*$", ran.stdout, re.MULTILINE)
    return found or ([ran.stderr] if ran.returncode else [])


@pytest.mark.parametrize("name", PUBLIC)
def test_public_models(name: str, tmp_path: Path) -> None:
    path = MODELS / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"the public model {name} is not beside the project")
    assert complaints(path.read_bytes(), tmp_path) == []


@pytest.mark.parametrize(
    "name", ["arithmetic", "lstm", "mask", "moving", "running", "svdf", "variable", "wide"]
)
def test_models_of_every_kind(name: str, tmp_path: Path) -> None:
    assert complaints(small_models()[name], tmp_path) == []


def test_a_bug_is_found(tmp_path: Path) -> None:
    (tmp_path / "model.cc").write_text("int f(int a) { if (a == 1) { return 2; } else return 2; }")
    command = [str(TIDY), f"--checks={CHECKS}", "--quiet", "model.cc", "--", "-std=c++17"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "bugprone-branch-clone" in ran.stdout


@pytest.mark.parametrize("target", ["cortex-m55", "linux-x86_64"])
def test_loops_of_vectors(target: str, tmp_path: Path) -> None:
    assert complaints(small_models()["mixed"], tmp_path, target) == []
