"""LSTM, GRU, SimpleRNN, Bidirectional, RNN of cells and ConvLSTM2D as Keras saves them."""

from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.recipes.quantize import run as quantize
from builds.targets import load_target
from builds.verify import prove
from tests.builds.recipes.quantize.conftest import Files

pytestmark = [pytest.mark.tensorflow, pytest.mark.toolchain, pytest.mark.emulator]


@pytest.mark.parametrize(
    ("model", "samples"),
    [("recurrent.keras", "sequences.npz"), ("convolutional.keras", "videos.npz")],
)
def test_it_is_converted_and_proved(files: Files, tmp_path: Path, model: str, samples: str) -> None:
    made = quantize.quantize(
        keras_bytes=files[model], calibration_npz=files[samples], workdir=tmp_path
    )
    target = load_target("cortex-m4f")
    compiled = compile_model(made.tflite, target)
    proof = prove(made.tflite, compiled, target, vectors=2, workdir=tmp_path / "proof")
    assert proof.equal, proof.first_difference
    assert all(proof.engines.values()), proof.reasons
