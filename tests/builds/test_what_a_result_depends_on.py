import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from builds.pipeline import identity
from builds.pipeline.identity import (
    QUANTISERS,
    cache_key,
    int8_digest,
    makers_digest,
    quantiser_digest,
)
from builds.targets import load_target

TARGET = load_target("cortex-m4f")
BASE = {"int8": "a" * 64, "target": TARGET, "optimise": "balanced", "vectors": 4, "keys": ["k"]}
INT8 = {"source": "s", "datasets": {"calibration": "c"}, "facts": {"version": "1.0"}}


def test_equal_inputs_have_equal_keys() -> None:
    assert cache_key(**BASE) == cache_key(**BASE)  # type: ignore[arg-type]
    assert int8_digest(**INT8) == int8_digest(**INT8)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"int8": "b" * 64},
        {"target": replace(TARGET, cflags=("-O3",))},
        {"target": replace(TARGET, ram_bytes=TARGET.ram_bytes - 1)},
        {"target": load_target("cortex-m0plus")},
        {"optimise": "size"},
        {"weights": "apart"},
        {"arithmetic": "litert"},
        {"vectors": 5},
        {"keys": ["other"]},
    ],
)
def test_each_input_of_a_build_is_in_its_key(change: dict[str, object]) -> None:
    assert cache_key(**(BASE | change)) != cache_key(**BASE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"source": "t"},
        {"datasets": {}},
        {"datasets": {"calibration": "d"}},
        {"datasets": {"reference": "c"}},
        {"facts": {"version": "1.1"}},
    ],
)
def test_each_input_of_an_int8_model_is_in_its_key(change: dict[str, object]) -> None:
    assert int8_digest(**(INT8 | change)) != int8_digest(**INT8)  # type: ignore[arg-type]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that is hashed."""
    for folder in QUANTISERS:
        shutil.copytree(identity.ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(identity, "ROOT", tmp_path)
    return tmp_path


def digests() -> tuple[str, str]:
    return makers_digest.__wrapped__(), quantiser_digest.__wrapped__()


@pytest.mark.parametrize(
    "file",
    [
        "builds/compiler/emit/text.py",
        "builds/compiler/limits.py",
        "builds/image/layout.py",
        "builds/pipeline/bundle.py",
        "builds/pipeline/export.py",
        "builds/pipeline/image.py",
        "builds/targets/boards.py",
        "builds/targets/mcuboot_board_data/nucleo-l4r5zi.toml",
        "device_agent/chip/slots/slots.cc",
        "device_agent/chip/trust/ed25519.zig",
        "device_agent/protocol/manifest.py",
    ],
)
def test_what_makes_an_artifact_is_in_its_key(file: str, tree: Path) -> None:
    before = digests()[0]
    with (tree / file).open("a") as code:
        code.write("\n# changed\n")
    assert digests()[0] != before


@pytest.mark.parametrize(
    "file",
    [
        "builds/recipes/quantize/convert.py",
        "builds/pipeline/quantise.py",
        "builds/pipeline/predict.py",
        "device_agent/protocol/descriptors.py",
        "registry/files/npz.py",
    ],
)
def test_what_makes_an_int8_model_is_in_its_key(file: str, tree: Path) -> None:
    before = digests()[1]
    with (tree / file).open("a") as code:
        code.write("\n# changed\n")
    assert digests()[1] != before


def test_a_board_s_slots_are_in_the_key(tree: Path) -> None:
    before = digests()[0]
    board = tree / "builds/targets/mcuboot_board_data/nucleo-l4r5zi.toml"
    said = board.read_text()
    changed = re.sub(r"(?m)^(\w*slot\w* = )(\w+)", r"\g<1>0x1", said, count=1)
    assert changed != said
    board.write_text(changed)
    assert digests()[0] != before


def test_rubbish_beside_the_code_is_not_in_the_key(tree: Path) -> None:
    before = digests()
    (tree / "builds/compiler" / "emit.cpython-311.pyc").write_bytes(b"cache")
    assert digests() == before
