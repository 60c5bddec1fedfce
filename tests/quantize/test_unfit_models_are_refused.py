"""What cannot become an int8 model is refused in one sentence, and limits end what does not end."""

from pathlib import Path
from typing import Any

import pytest

from builds import quantize
from fleet.lib.errors import FleetError
from tests.quantize.conftest import Files

pytestmark = pytest.mark.tensorflow


def refusal(kind: type[FleetError], call: Any, folder: Path, **given: Any) -> str:
    with pytest.raises(kind) as caught:
        call(workdir=folder, **given)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) <= 400
    return caught.value.message


def test_a_layer_with_code_is_not_loaded(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["code.keras"]}
    found = refusal(quantize.QuantizeError, quantize.inspect, tmp_path, **given)
    assert found.startswith("Keras cannot load this model:")
    assert "ambda" in found


@pytest.mark.parametrize("data", [b"", b"junk", b"PK\x03\x04" + bytes(50)])
def test_a_file_that_is_no_archive(files: Files, tmp_path: Path, data: bytes) -> None:
    found = refusal(quantize.QuantizeError, quantize.inspect, tmp_path, keras_bytes=data)
    assert found == "The model is not a whole .keras archive; it may have been cut off."


def test_a_dataset_that_is_none(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["small.keras"], "calibration_npz": b"junk"}
    found = refusal(quantize.QuantizeError, quantize.quantize, tmp_path, **given)
    assert found.startswith("The dataset calibration.npz cannot be read")


def test_a_tflite_model_that_the_interpreter_does_not_take(files: Files, tmp_path: Path) -> None:
    given = {"tflite_bytes": b"\x18\x00\x00\x00TFL3", "evaluation_npz": files["evaluation.npz"]}
    found = refusal(FleetError, quantize.evaluate, tmp_path, **given)
    assert found


def test_the_deadline_is_kept(files: Files, tmp_path: Path) -> None:
    given = {"keras_bytes": files["small.keras"], "deadline_seconds": 1.0}
    found = refusal(quantize.QuantizeStopped, quantize.inspect, tmp_path, **given)
    assert found == "The model was not done within 1 seconds and was stopped."


def test_memory_is_kept(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantize, "MEMORY_BYTES", 128 << 20)
    given = {"keras_bytes": files["small.keras"]}
    found = refusal(quantize.QuantizeStopped, quantize.inspect, tmp_path, **given)
    assert "128 MiB" in found or "died" in found


def test_a_model_is_inspected(files: Files, tmp_path: Path) -> None:
    found = quantize.inspect(keras_bytes=files["small.keras"], workdir=tmp_path)
    assert found.ops == {"Conv2D": 1, "Dense": 1, "Flatten": 1, "InputLayer": 1, "MaxPooling2D": 1}
    assert found.parameters == 4 * 10 + 16 * 2 + 2
    assert found.io_schema["inputs"][0]["shape"] == [1, 8, 8, 1]
