"""The page's description is read, and its commands make the library that the page tells of."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.toolchain]
ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "fleet" / "console" / "docs" / "sources.md").read_text("utf-8")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_both_commands_answer(tmp_path: Path) -> None:
    (description,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (first,) = re.findall(r"^python -m builds\.sources\.classical .*$", PAGE, re.MULTILINE)
    (second,) = re.findall(r"^python -m builds\.compiler forest.*$", PAGE, re.MULTILINE)
    (tmp_path / "forest.json").write_text(description)
    np.savez(tmp_path / "calibration.npz", x=np.asarray([[5, 1], [6, 2]], np.float32))
    made = run(first, tmp_path)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["features_travel_as"] == "int8"
    compiled = run(f"{second} --verify 1 --json", tmp_path)
    assert compiled.returncode == 0, compiled.stderr
    assert json.loads(compiled.stdout)["proved"] is True


def test_a_pickle_is_refused_by_its_name_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "forest.joblib").write_bytes(b"\x80\x04")
    refused = run("python -m builds.sources.classical forest.joblib --out x.tflite", tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == "forest.joblib ends in none of .json, .onnx, .skops.\n"
    assert not (tmp_path / "x.tflite").exists()
