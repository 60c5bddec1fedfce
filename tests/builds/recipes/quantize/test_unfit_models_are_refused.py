"""What cannot become an int8 model is refused in one sentence, and limits end what does not end."""

import sys
from pathlib import Path
from typing import Any

import pytest

from builds.jailed import running
from builds.jailed.errors import ChildCrashed, ChildLost, ChildRefused, ChildStopped
from builds.recipes.quantize import run as quantize
from builds.recipes.quantize.data import questions, samples
from builds.recipes.quantize.protocol import Unfit
from fleet.lib.errors import FleetError
from tests.builds.recipes.quantize.conftest import Files

pytestmark = pytest.mark.tensorflow


def refusal(kind: type[FleetError], call: Any, folder: Path, **given: Any) -> str:
    with pytest.raises(kind) as caught:
        call(workdir=folder, **given)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) <= 400
    return caught.value.message


def test_a_layer_with_code_is_not_loaded(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["code.keras"]}
    found = refusal(ChildRefused, quantize.inspect, tmp_path, **given)
    assert found.startswith("Keras cannot load this model:")
    assert "ambda" in found


@pytest.mark.parametrize("data", [b"", b"junk", b"PK\x03\x04" + bytes(50)])
def test_a_file_that_is_no_archive(files: Files, tmp_path: Path, data: bytes) -> None:
    found = refusal(ChildRefused, quantize.inspect, tmp_path, keras_bytes=data)
    assert found == "The model is not a whole .keras archive; it may have been cut off."


def test_a_dataset_that_is_none(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["small.keras"], "calibration_npz": b"junk"}
    found = refusal(ChildRefused, quantize.quantize, tmp_path, **given)
    assert found.startswith("The dataset calibration.npz cannot be read")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"shape": [1, 9]}, "The dataset holds samples of (8, 8, 1); the model takes (9,)."),
        ({"dtype": "int32"}, "Samples cannot be turned into int32, which the model takes."),
    ],
)
def test_samples_that_the_model_does_not_take(
    files: Files, spec: dict[str, Any], sentence: str
) -> None:
    takes = {"dtype": "int8", "shape": [1, 8, 8, 1], "scale": 0.1, "zero_point": 0} | spec
    with pytest.raises(Unfit) as caught:
        questions(samples(str(files.folder / "evaluation.npz")), takes)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("model", "dataset", "sentence"),
    [
        ("stateful.keras", "sequences.npz", "is stateful: it keeps a state between calls"),
        ("long.keras", "long.npz", "run 400 steps, and each becomes code of its own; at most 256"),
    ],
)
def test_a_recurrent_layer_that_cannot_be_laid_out_says_what_to_change(
    files: Files, tmp_path: Path, model: str, dataset: str, sentence: str
) -> None:
    given = {"keras_bytes": files[model], "calibration_npz": files[dataset]}
    assert sentence in refusal(ChildRefused, quantize.quantize, tmp_path, **given)


def test_a_crash_of_tensorflow_is_an_answer_and_a_kill_is_not(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"keras_bytes": files["small.keras"]}
    ends = "import os, signal; os.kill(os.getpid(), signal.{})"
    for name, kind in (
        ("SIGSEGV", ChildCrashed),
        ("SIGTERM", ChildLost),
    ):
        argv = [sys.executable, "-c", ends.format(name)]
        monkeypatch.setattr(running, "python_command", lambda *_, argv=argv: argv)
        found = refusal(kind, quantize.inspect, tmp_path, **given)
        assert ("TensorFlow crashed (SIGSEGV)" in found) is (name == "SIGSEGV")


def test_the_deadline_is_kept(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["small.keras"], "deadline_seconds": 1.0}
    found = refusal(ChildStopped, quantize.inspect, tmp_path, **given)
    assert found == "The model was not done within 1 seconds and was stopped."


def test_memory_is_kept(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantize, "MEMORY_BYTES", 128 << 20)
    given = {"keras_bytes": files["small.keras"]}
    found = refusal(FleetError, quantize.inspect, tmp_path, **given)
    assert "128 MiB" in found or "ended as" in found


def test_a_model_is_inspected(files: Files, tmp_path: Path) -> None:
    found = quantize.inspect(keras_bytes=files["small.keras"], workdir=tmp_path)
    assert found.ops == {"Conv2D": 1, "Dense": 1, "Flatten": 1, "InputLayer": 1, "MaxPooling2D": 1}
    assert found.parameters == 4 * 10 + 16 * 2 + 2
    assert found.io_schema["inputs"][0]["shape"] == [1, 8, 8, 1]
