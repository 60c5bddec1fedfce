"""Branches or tables: what was chosen by reckoning is what takes less flash when it is built."""

from pathlib import Path

import pytest

from builds.compiler import Recipe, compile_model
from builds.compiler.operators.reductions.classical import trees
from builds.targets import load_target
from builds.toolchain import build_library
from tests.builds.compiler.operators.reductions.classical.trees import Drawn, model

TARGET = load_target("cortex-m4f")
CLOSE_BYTES = 24  # of one another: then either is a good choice


def flash(data: bytes, folder: Path) -> int:
    folder.mkdir()
    compiled = compile_model(data, TARGET, recipe=Recipe("balanced"))
    built = build_library(compiled.files, TARGET, folder, cflags=compiled.cflags)
    return built.code_bytes + built.weights_bytes


@pytest.mark.parametrize("drawn", [Drawn(4, nodes=3, trees=2), Drawn(1, nodes=40)])
def test_the_chosen_way_is_the_smaller(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = model(drawn)
    chosen = flash(data, tmp_path / "chosen")
    both = []
    for branches in (False, True):
        monkeypatch.setattr(trees, "branches_pay", lambda *_, it=branches: it)
        both.append(flash(data, tmp_path / f"branches-{branches}"))
    assert both[0] != both[1]
    assert chosen <= min(both) + CLOSE_BYTES
