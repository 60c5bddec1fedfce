"""The library for TensorFlow Lite Micro: its operators, its arena, its golden vectors."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.compiler import read_graph
from builds.compiler.operators.table import LOWERING_TABLE, MADE
from builds.export import ExportError, NotMeasured
from builds.export.arena import Measured, measure_arena
from builds.export.resolver import add_function, add_functions
from builds.export.tflm import data_source, sources
from builds.targets import load_target
from builds.toolchain.clang import Clang
from builds.toolchain.gnu import PROGRAM, gnu_available
from builds.toolchain.run import check
from tests.builds.export.exports import (
    TARGET,
    material,
    members,
    model,
    text,
    tflm_material,
    unpack,
)

pytestmark = [pytest.mark.toolchain, pytest.mark.usefixtures("as_a_customer")]
MODELS = Path(__file__).parents[4] / "shared" / "models"
KWS = MODELS / "kws_ref_model.tflite"
STAND_IN = Path(__file__).parent / "tflm_stand_in"
SOURCES = ("model.cpp", "model_data.cpp")
# It has no such operator.
NOT_IN_TFLM = {
    *("GELU", "REDUCE_ANY", "RELU_N1_TO_1", "SELECT", "TILE"),
    *("EDGEFLEET_DISTANCES", "EDGEFLEET_TREES"),
}


def test_only_the_operators_of_the_model_are_added() -> None:
    added = re.findall(r"resolver\.(\w+)\(\)", text("tflm", "src/model.cpp"))
    assert added == ["AddConv2D", "AddFullyConnected", "AddSoftmax"]
    assert "MicroMutableOpResolver<3>;" in text("tflm", "src/model.cpp")


@pytest.mark.parametrize("kind", sorted(set(LOWERING_TABLE) - NOT_IN_TFLM - MADE))
def test_every_operator_that_the_compiler_does_has_its_function(kind: str) -> None:
    assert re.fullmatch(r"Add[A-Z0-9][A-Za-z0-9]+", add_function(kind))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D"),
        ("BATCH_MATMUL", "AddBatchMatMul"),
        ("PADV2", "AddPadV2"),
        ("SPLIT_V", "AddSplitV"),
        ("RELU6", "AddRelu6"),
        ("CALL_ONCE", "AddCallOnce"),
        ("VAR_HANDLE", "AddVarHandle"),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", "AddUnidirectionalSequenceLSTM"),
        ("RESIZE_NEAREST_NEIGHBOR", "AddResizeNearestNeighbor"),
    ],
)
def test_functions_are_spelled_as_the_interpreter_spells_them(kind: str, name: str) -> None:
    assert add_function(kind) == name


def test_functions_come_once_and_in_order() -> None:
    assert add_functions(["SOFTMAX", "ADD", "SOFTMAX"]) == ("AddAdd", "AddSoftmax")


def test_what_the_interpreter_cannot_register_is_refused() -> None:
    for kind in ("LSTM", *sorted(NOT_IN_TFLM)):
        with pytest.raises(ExportError, match=f"no function for {kind}"):
            add_function(kind)


def test_variables_get_their_places_from_the_arena(tmp_path: Path) -> None:
    kinds = ("CONV_2D", "FULLY_CONNECTED", "SOFTMAX")
    measured = Measured(arena_bytes=640, operators=kinds, variables=2, engine="none")
    made = sources(read_graph(model()), model(), measured)
    assert "MicroResourceVariables::Create(allocator, 2)" in made["interpreter.cc"]
    assert "MicroResourceVariables::Create" not in text("tflm", "src/model.cpp")
    for name, content in made.items():
        (tmp_path / name).write_text(content)
    target = load_target(TARGET)
    Clang().compile(tmp_path / "interpreter.cc", tmp_path / "out.o", target, [f"-I{STAND_IN}"])
    assert (tmp_path / "out.o").exists()


def test_the_arena_is_what_the_interpreter_needs() -> None:
    measured = measure_arena(model())
    assert measured.engine.startswith("tflite-micro")
    assert measured.arena_bytes % 16 == 0
    assert f"#define EF_ARENA_BYTES {measured.arena_bytes}\n" in text("tflm", "src/model.h")
    activations = sum(s.nbytes for s in tflm_material().interface.inputs)
    assert activations < measured.arena_bytes < 64 * 1024


@pytest.mark.skipif(not KWS.exists(), reason="the shared models are not beside the project")
def test_the_arena_of_a_public_model_is_near_the_one_on_a_microcontroller() -> None:
    on_cortex_m4 = 22_772  # bytes, measured there with the reference kernels
    assert on_cortex_m4 <= measure_arena(KWS.read_bytes()).arena_bytes <= on_cortex_m4 * 1.2


@given(st.binary(max_size=64))
def test_the_model_is_written_byte_for_byte(data: bytes) -> None:
    source = data_source(data)
    assert bytes(int(value, 16) for value in re.findall("0x[0-9a-f]{2}", source)) == data
    assert "alignas(16) const unsigned char ef_model_data[]" in source
    assert f"ef_model_data_bytes = {len(data)};" in source


def test_a_file_that_the_interpreter_refuses_is_not_measured() -> None:
    with pytest.raises(NotMeasured, match="TensorFlow Lite Micro"):
        measure_arena(model()[:200])


def test_both_exports_carry_the_same_golden_vectors() -> None:
    assert tflm_material().golden == list(material().golden)
    assert members("tflm")["src/golden.h"] == members("sources")["golden.h"]


def test_both_exports_declare_the_same_four_functions() -> None:
    def declared(header: str) -> list[str]:
        return re.findall(r"\b(ef_\w+\([^)]*\)) EF_SYMBOL", header)

    ours = declared(text("sources", "model.h"))
    assert len(ours) == 4
    assert declared(text("tflm", "src/model.h")) == ours


def test_none_of_the_interpreters_code_is_inside() -> None:
    for path, data in members("tflm").items():
        assert "tensorflow/" not in path
        assert b"TensorFlow Authors" not in data


def test_clang_takes_it_with_the_interpreters_interface(tmp_path: Path) -> None:
    folder = unpack("tflm", tmp_path) / "src"
    for name in SOURCES:
        out = tmp_path / f"{name}.o"
        Clang().compile(folder / name, out, load_target(TARGET), [f"-I{STAND_IN}", "-O2"])
        assert out.exists()


@pytest.mark.skipif(not gnu_available(), reason="arm-none-eabi-g++ is not installed")
@pytest.mark.parametrize("name", SOURCES)
def test_gnu_arm_takes_it_with_the_interpreters_interface(name: str, tmp_path: Path) -> None:
    folder = unpack("tflm", tmp_path) / "src"
    machine = load_target(TARGET).gnu_cflags
    flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{STAND_IN}"]
    command = [PROGRAM, *machine, *flags, "-c", name, "-o", "out.o"]
    check(command, what=PROGRAM, cwd=folder, deadline_seconds=120.0)
    assert (folder / "out.o").exists()


needs_cmake = pytest.mark.skipif(
    not (shutil.which("cmake") and shutil.which("c++")),
    reason="cmake and a host compiler are not installed",
)


@needs_cmake
def test_cmake_builds_it_where_the_headers_are_named(tmp_path: Path) -> None:
    folder = unpack("tflm", tmp_path)
    named = f"-DTFLM_INCLUDE_DIRS={STAND_IN}"
    for command in (["cmake", "-S", ".", "-B", "b", named], ["cmake", "--build", "b"]):
        check(command, what="cmake", cwd=folder, deadline_seconds=120.0)
    assert (folder / "b/libgear_wear_2.a").exists()


@needs_cmake
def test_cmake_says_what_is_missing(tmp_path: Path) -> None:
    folder = unpack("tflm", tmp_path)
    with pytest.raises(Exception, match="set TFLM_TARGET or"):
        check(["cmake", "-S", ".", "-B", "b"], what="cmake", cwd=folder, deadline_seconds=120.0)
