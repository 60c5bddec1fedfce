"""`python -m builds.compiler`: what it writes, prints and returns."""

import json
from pathlib import Path

import pytest

from builds.compiler.cli import main
from tests.builds.compiler.models_of_every_kind import mixed_model
from tests.builds.compiler.networks import Net


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give a model file."""
    path = tmp_path / "model.tflite"
    path.write_bytes(mixed_model())
    return path


def test_it_writes_four_files_and_proves_three_engines(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = [str(model), "--target", "cortex-m4f", "--out", str(out), "--verify", "2", "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((out / "report.json").read_text())
    for name in ("model.h", "model.cc", "libmodel.a"):
        assert (out / name).stat().st_size > 0
    assert report["proof"]["equal"] is True
    assert set(report["proof"]["engines"]) == {"tflm", "host", "emulator"}
    assert report["flash_bytes"]["total"] == (
        report["flash_bytes"]["code"] + report["flash_bytes"]["weights"]
    )
    assert report["plan"]["peak_bytes"] == report["ram_bytes"]["arena"]
    assert report["ops"]["CONV_2D"] == 1


def test_without_a_proof_it_prints_a_summary(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(model), "--target", "rv32imc", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--verify", "0"]) == 0
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["proof"] is None
    assert report["proved"] is False
    assert "NOT PROVED" in text
    assert "NOT PROVED" in (tmp_path / "out" / "model.h").read_text()
    assert f"flash         {report['flash_bytes']['total']:,} B: weights" in text


def test_a_folder_may_be_named_from_where_one_is(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([model.name, "--target", "rv32imc", "--out", "out", "--verify", "1"]) == 0
    assert (tmp_path / "out" / "libmodel.a").is_file()


def test_a_model_that_tflm_does_not_run_is_not_called_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Net(1)
    net.spec.op("GELU", (net.source((1, 8)),), (net.result((1, 8)),), approximate=False)
    path, out = tmp_path / "gelu.tflite", tmp_path / "out"
    path.write_bytes(net.build())
    assert main([str(path), "--target", "rv32imc", "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["proof"]["equal"] is True
    assert report["proved"] is False
    assert "NOT PROVED against TFLM" in capsys.readouterr().out
    assert "NOT PROVED against TensorFlow Lite Micro" in (out / "model.h").read_text()


def test_two_vectors_are_proved_when_nobody_says_how_many(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main([str(model), "--target", "rv32imc", "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["proved"] is True
    assert report["proof"]["vectors"] == 2
    assert report["proof"]["functions"]["not_compared"] == []
    assert "NOT PROVED" not in (out / "model.h").read_text()


def test_several_models_get_a_folder_each_and_one_refusal_counts(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, bad, out = tmp_path / "other.tflite", tmp_path / "bad.tflite", tmp_path / "out"
    other.write_bytes(mixed_model())
    bad.write_bytes(b"no model")
    arguments = [str(p) for p in (model, bad, other)]
    assert main([*arguments, "--target", "rv32imc", "--out", str(out)]) == 2
    assert sorted(p.name for p in out.iterdir()) == ["model", "other"]
    assert "not a TensorFlow Lite model" in capsys.readouterr().err


def test_without_a_folder_nothing_is_kept(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(model), "--target", "rv32imc"]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["model.tflite"]


@pytest.mark.parametrize(
    ("content", "target", "sentence"),
    [
        (b"no model", "cortex-m4f", "not a TensorFlow Lite model"),
        (None, "cortex-m4f", "cannot be read"),
        (b"", "no-such-cpu", "no-such-cpu"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(
    content: bytes | None,
    target: str,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "bad.tflite"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path), "--target", target, "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert not printed.out
