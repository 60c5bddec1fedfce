"""Machine code of one training, with the weights of another put in place: TFLM's results."""

import ctypes
import platform
import shutil
import struct
import zlib
from functools import cache
from pathlib import Path

import pytest

from builds.compiler import Compiled
from builds.targets import load_target
from builds.toolchain import build_library, build_shared
from builds.toolchain.elf import Elf
from builds.toolchain.gnu import PROGRAM
from builds.verify import prove
from builds.verify.engines import HOST_TARGETS
from builds.verify.errors import EngineFailed
from tests.builds.compiler.models_of_every_kind import small_models
from tests.builds.compiler.trainings import (
    PLACES,
    code_alone,
    compiled_apart,
    network,
    reference,
    run_code,
)

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
READY, ABSENT, OTHER, DAMAGED = 0, 1, 2, 3
HOST = HOST_TARGETS.get((platform.system(), platform.machine()), "linux-x86_64")
A, B = 1, 2


@cache
def compiled(seed: int, target: str) -> Compiled:
    return compiled_apart(network(seed, prefix=f"run_{seed}/"), target)


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_new_weights_run_in_old_code(target: str, tmp_path: Path) -> None:
    cpu = load_target(target)
    code = code_alone(compiled(A, target), cpu, tmp_path / "a")
    assert code == code_alone(compiled(B, target), cpu, tmp_path / "b")
    assert ".ef_weights" not in {piece.name for piece in Elf(code).pieces}
    for seed in (A, B):
        model = network(seed, prefix=f"run_{seed}/")
        found = run_code(code, compiled(seed, target).weights, model, cpu)
        assert found == reference(model, cpu)
    assert reference(network(A), cpu) != reference(network(B), cpu)


@pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"{PROGRAM} is not installed")
def test_gnu_code_takes_them_too(tmp_path: Path) -> None:
    cpu, model = load_target("cortex-m4f"), network(B)
    code = code_alone(compiled(A, cpu.name), cpu, tmp_path, compiler="gnu")
    assert run_code(code, compiled(B, cpu.name).weights, model, cpu) == reference(model, cpu)


def test_the_linked_section_is_the_binary(tmp_path: Path) -> None:
    made = compiled(A, "cortex-m4f")
    library = build_library(made.files, load_target("cortex-m4f"), tmp_path, cflags=made.cflags)
    section = next(p for p in Elf(library.image.read_bytes()).pieces if p.name == ".ef_weights")
    assert section.data == made.weights
    assert library.weights_bytes == len(made.weights)


def test_the_header_says_what_it_is() -> None:
    made = compiled(A, "cortex-m4f")
    magic, size, crc = struct.unpack_from("<III", made.weights)
    assert magic.to_bytes(4, "little") == b"EFW1"
    assert (size, crc) == (len(made.weights), zlib.crc32(made.weights[12:]))
    assert made.weights[12:44].hex() == made.abi


STAND_IN = """
extern "C" { extern unsigned char ef_weights[]; alignas(16) unsigned char ef_weights[SIZE] = {1}; }
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The code on this machine, with room for weights that can be written over."""
    made = compiled(A, HOST)
    room = STAND_IN.replace("SIZE", str(len(made.weights)))
    files = {**made.files, "model_weights.cc": room}
    return ctypes.CDLL(str(build_shared(files, load_target(HOST), tmp_path_factory.mktemp("host"))))


def init_with(model: ctypes.CDLL, data: bytes) -> int:
    room = len(compiled(A, HOST).weights)
    place = ctypes.byref(ctypes.c_ubyte.in_dll(model, "ef_weights"))
    ctypes.memmove(place, data.ljust(room, b"\0"), room)
    return int(model.ef_init())


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_code_takes_any_training_and_refuses_the_rest(model: ctypes.CDLL) -> None:
    good = compiled(A, HOST).weights
    cases = {
        "own": (good, READY),
        "another training": (compiled(B, HOST).weights, READY),
        "erased flash": (b"\xff" * len(good), ABSENT),
        "another target": (compiled(B, "cortex-m4f").weights, OTHER),
        "another length": (flipped(good, 4), DAMAGED),
        "another checksum": (flipped(good, 8), DAMAGED),
        "a damaged end": (flipped(good, len(good) - 1), DAMAGED),
    }
    assert {name: init_with(model, data) for name, (data, _) in cases.items()} == {
        name: answer for name, (_, answer) in cases.items()
    }


def test_the_target_s_code_refuses_weights_of_another_abi(tmp_path: Path) -> None:
    cpu = load_target("cortex-m0plus")
    code = code_alone(compiled(A, "cortex-m0plus"), cpu, tmp_path)
    assert PLACES.weights
    with pytest.raises(EngineFailed, match="ef_init did not answer 0"):
        run_code(code, compiled(B, "cortex-m4f").weights, network(B), cpu)


@pytest.mark.parametrize("seed", [A, B])
def test_the_model_tells_how_the_weights_in_place_are_quantized(
    model: ctypes.CDLL, seed: int
) -> None:
    made = compiled(seed, HOST)
    assert init_with(model, made.weights) == READY
    model.ef_input_scale.restype = model.ef_output_scale.restype = ctypes.c_float
    given, result = made.graph.inputs[0], made.graph.outputs[0]
    assert model.ef_input_scale(0) == ctypes.c_float(given.scale).value
    assert model.ef_input_zero_point(0) == given.zero_point
    assert model.ef_output_scale(0) == ctypes.c_float(result.scale).value
    assert model.ef_output_zero_point(0) == result.zero_point
    assert model.ef_input_scale(7) == 0.0
    assert "SCALE" not in made.files["model.h"]


@pytest.mark.parametrize("kind", ["lstm", "mixed", "variable", "wide"])
def test_other_kinds_of_operators_are_proved_with_weights_apart(kind: str, tmp_path: Path) -> None:
    data, target = small_models()[kind], load_target("cortex-m4f")
    proof = prove(data, compiled_apart(data, target.name), target, vectors=2, workdir=tmp_path)
    assert proof.equal, proof.first_difference


@pytest.mark.parametrize("target", ["cortex-m55", HOST])
def test_loops_of_vectors_read_them_too(target: str, tmp_path: Path) -> None:
    model, cpu = network(A), load_target(target)
    proof = prove(model, compiled_apart(model, target), cpu, vectors=2, workdir=tmp_path)
    assert proof.equal, proof.first_difference
