"""Every model of the shared folders: equal to TFLM, or refused with the sentence it deserves."""

import re
from itertools import cycle
from pathlib import Path

import pytest

from builds.compiler import CompileError, compile_model
from builds.compiler.cli import main
from builds.targets.catalog import load_target
from tests.builds.compiler.oracle import MODELS, assert_equal
from tests.builds.compiler.test_public_models_are_proved import LIMITS

TARGET = "cortex-m4f"
CASES = MODELS.parent / "cases"
OTHERS = cycle(("cortex-m0plus", "cortex-m55", "rv32imc"))  # one of these for each model as well
EQUAL = """
    constant_output_float32 constant_output_int32 constant_outputs dead_conv_before_dense
    fomo_face_detection keyword_scrambled keyword_scrambled_8bit leaky_relu16_21 leaky_relu16_5
    leaky_relu16_7 micro_speech_quantized mnist_depthwise only_reshape person_detect
    quantize_int16_to_int32 quantize_int32_to_int16 str_ww_ref_model trained_lstm_int8
    transpose_conv_batchnorm_relu transpose_conv_relu6 transpose_conv_stride2_relu vww96_alive
    wake_okay_nabu wake_vad
""".split()
WRONG_IN_TFLM = """
    relu6_after_concat relu6_alone relu6_with_skip_from_before relu6_with_skip_quantised
""".split()
OPEN = """
    audio_preprocessor_float audio_preprocessor_int8 blazeface_front_128 kws_ref_model_float32
""".split()
"""Equal or refused: what the compiler will do with signal operators, floats and tiles is open."""


def shared(name: str) -> Path:
    """Find a model, or skip."""
    for folder in (CASES, MODELS):
        if (path := folder / f"{name}.tflite").exists():
            return path
    pytest.skip(f"{name}.tflite is not beside the project")


def refusal(model: bytes) -> str | None:
    """Give the sentence of the compiler, None when it takes the model."""
    try:
        compile_model(model, load_target(TARGET))
    except CompileError as error:
        return str(error)
    return None


def test_the_table_names_every_file() -> None:
    found = {path.stem for folder in (CASES, MODELS) for path in folder.glob("*.tflite")}
    if not found:
        pytest.skip("the shared models are not beside the project")
    assert found <= {*EQUAL, *WRONG_IN_TFLM, *OPEN, *LIMITS}


@pytest.mark.parametrize("name", EQUAL)
def test_a_model_is_equal(name: str) -> None:
    assert_equal(shared(name).read_bytes(), TARGET, vectors=10)


@pytest.mark.parametrize(("name", "target"), [*zip(EQUAL, OTHERS, strict=False)])
def test_a_model_is_equal_on_another_cpu(name: str, target: str) -> None:
    assert_equal(shared(name).read_bytes(), target, vectors=2)


@pytest.mark.parametrize("name", WRONG_IN_TFLM)
def test_what_tflm_computes_wrongly_is_refused_unless_chosen(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(shared(name)), "--target", TARGET, "--out", str(tmp_path)]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert re.match(r"Rounding does not explain .* RELU6 \(operator \d\) .* off by \d+ steps", said)
    assert main([*command, "--arithmetic", "tflm"]) == 0
    assert main([*command, "--arithmetic", "litert"]) == 0


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_is_refused_in_a_sentence_or_equal(name: str) -> None:
    model = shared(name).read_bytes()
    if (said := refusal(model)) is None:
        assert_equal(model, TARGET, vectors=2)
    else:
        assert re.fullmatch(r"[A-Z][^\n]{40,900}\.", said)
