"""The manual's page on adding an operator, walked: its files are all that is needed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from builds.compiler.operators.table import SUPPORTED

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
ROOT = Path(__file__).parents[4]
PAGE = ROOT / "fleet" / "console" / "docs" / "add_an_operator.md"
FILE = re.compile(r"`((?:builds|tests)/\S+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def copy(source: Path, target: Path) -> None:
    """Copy a tree without what Python makes of it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a tree with the page's files says of the operator."""
    folder = tmp_path_factory.mktemp("newcomer")
    files = FILE.findall(PAGE.read_text("utf-8"))
    assert len(files) == 4
    copy(ROOT / "builds", folder / "builds")
    for path, text in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    paths = os.pathsep.join((str(folder), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.builds.compiler.operators.simulators.newcomer", "SIGN"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_the_tree_of_today_does_not_have_it() -> None:
    assert "SIGN" not in SUPPORTED


def test_the_tables_have_it(seen: dict[str, object]) -> None:
    assert seen["supported"]
    assert seen["lowered"]
    assert seen["compared"]
    assert seen["judged"]
    assert seen["home"] == "builds.compiler.operators.functions.sign"


def test_its_constraints_are_asked_and_stand_in_the_manual(seen: dict[str, object]) -> None:
    sentence = "The output's scale must lie between 2^-6 and 1, so that 1 is a step of it."
    constraints, page = seen["constraints"], seen["page"]
    assert isinstance(constraints, list)
    assert isinstance(page, str)
    assert constraints[-1] == sentence
    section = page.partition("## SIGN\n")[2].partition("\n## ")[0]
    assert "TFLM has none: this computes the sign." in section
    assert f"* {sentence}\n" in section


def test_its_models_are_found_and_every_engine_agrees(seen: dict[str, object]) -> None:
    assert seen["models"] == ["int8"]
    assert seen["equal"]


def test_it_computes_the_sign(seen: dict[str, object]) -> None:
    golden = seen["golden"]
    assert isinstance(golden, list)
    steps = {
        int(step)
        for _, made in golden
        for step in np.unique(np.frombuffer(bytes.fromhex(made), np.int8))
    }
    assert {-20, 20} <= steps <= {-20, 0, 20}
