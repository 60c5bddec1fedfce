from dataclasses import replace

import pytest

from builds.pipeline.identity import cache_key, int8_digest, makers_digest, quantiser_digest
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


def test_the_code_that_makes_a_result_is_in_its_key(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from builds.pipeline import identity as pipeline_identity

    for name in ("compiler", "quantize.py"):
        (tmp_path / name).mkdir() if "." not in name else (tmp_path / name).write_text("x = 1")
    code = tmp_path / "compiler" / "emit.py"
    code.write_text("x = 1")
    monkeypatch.setattr(pipeline_identity, "PACKAGE", tmp_path)
    before = (makers_digest.__wrapped__(), quantiser_digest.__wrapped__())
    code.write_text("x = 2")
    (tmp_path / "quantize.py").write_text("x = 2")
    after = (makers_digest.__wrapped__(), quantiser_digest.__wrapped__())
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_rubbish_beside_the_code_is_not_in_the_key(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from builds.pipeline import identity as pipeline_identity

    (tmp_path / "compiler").mkdir()
    monkeypatch.setattr(pipeline_identity, "PACKAGE", tmp_path)
    before = makers_digest.__wrapped__()
    (tmp_path / "compiler" / "emit.cpython-311.pyc").write_bytes(b"cache")
    assert makers_digest.__wrapped__() == before
