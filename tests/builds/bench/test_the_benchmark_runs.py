import json
from pathlib import Path

import pytest

from builds.bench.__main__ import NO_MODELS, SHARED, main
from builds.bench.measure import measure

HELLO = SHARED / "models" / "hello_world_int8.tflite"


@pytest.mark.toolchain
@pytest.mark.emulator
def test_a_row_is_measured_on_the_real_chain() -> None:
    if not HELLO.exists():
        pytest.skip("the public models are not beside the project")
    row = measure(HELLO, "cortex-m4f", vectors=3)
    assert row.equal, row.difference
    assert row.model == "hello_world_int8"
    assert row.numbers.flash is not None
    assert row.numbers.flash <= 3_000
    assert row.numbers.instructions is not None
    assert row.numbers.instructions <= 2_000
    assert row.bound_bytes <= (row.numbers.ram or 0)
    assert row.macs == 288


def test_missing_models_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--models", str(tmp_path)]) == NO_MODELS
    assert "kws_ref_model.tflite" in capsys.readouterr().err


@pytest.mark.toolchain
@pytest.mark.emulator
def test_rows_come_as_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not HELLO.exists():
        pytest.skip("the public models are not beside the project")
    monkeypatch.setattr("builds.bench.__main__.bench_models", lambda: ("hello_world_int8",))
    code = main(["--target", "cortex-m4f", "--vectors", "2", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert code == 0
    assert row["target"] == "cortex-m4f"
    assert row["equal"] is True
