"""A new training comes as weights alone: some bytes for the code that the firmware holds.

The chip's own sources run here with the compiled code of one training; the weights of another one
make it the other model, proved by its own vectors, and what does not fit is refused.
"""

import ctypes
import hashlib
import platform
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from builds.compiler import Compiled, Embedding, Weights, compile_model
from builds.image import ImageError
from builds.image.weights_image import SlotWeights, weights_image
from builds.targets import load_target
from builds.toolchain import build_shared
from builds.verify import golden_inputs, interface_of
from device_agent.chip import sources
from device_agent.protocol.chip.image import parse_model_image, target_digest
from tests.builds.compiler.trainings import network, reference

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the code is for x86-64"),
]
TARGET = "linux-x86_64"
BENCH = Path(__file__).parent / "weights_chip.cc"
WRONG_DIGEST, WRONG_PLACE, OLD_COUNTER, NOT_PROVED = 5, 6, 7, 11
VECTORS = 3
Vectors = Sequence[tuple[bytes, bytes]]


@cache
def training(seed: int) -> Compiled:
    placed = Embedding(placed_weights=True)
    target = load_target(TARGET)
    return compile_model(network(seed), target, weights=Weights.APART, embedding=placed)


@cache
def vectors(seed: int) -> Vectors:
    inputs = golden_inputs(interface_of(training(seed).graph), vectors=VECTORS, seed=1)
    return tuple(zip(inputs, reference(network(seed), load_target(TARGET)), strict=True))


def image(
    seed: int, counter: int, *, weights: bytes | None = None, proof: Vectors | None = None
) -> bytes:
    made = SlotWeights(
        weights=weights or training(seed).weights,
        golden=proof or vectors(seed),
        target=TARGET,
        counter=counter,
        model_sha256=hashlib.sha256(network(seed)).digest(),
    )
    return weights_image(made)


def sealed(weights: bytes) -> bytes:
    """The section with the CRC of what it holds now."""
    return weights[:8] + zlib.crc32(weights[12:]).to_bytes(4, "little") + weights[12:]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    code = {n: t for n, t in training(1).files.items() if n != "model_weights.cc"}
    texts = {path.name: path.read_text("utf-8") for path in (*sources("weights"), BENCH)}
    shared = build_shared(code | texts, load_target(TARGET), tmp_path_factory.mktemp("chip"))
    return ctypes.CDLL(str(shared))


@pytest.fixture
def chip(firmware: ctypes.CDLL) -> ctypes.CDLL:
    """With the first training in a slot."""
    firmware.weights_chip_make(target_digest(TARGET), bytes.fromhex(training(1).abi))
    assert bring(firmware, image(1, 1), 1) == 0
    return firmware


def bring(chip: ctypes.CDLL, data: bytes, counter: int) -> int:
    sha = hashlib.sha256(data).digest()
    return int(chip.weights_chip_bring(data, len(data), sha, counter))


def is_training(chip: ctypes.CDLL, seed: int) -> bool:
    found = []
    for given, made in vectors(seed):
        output = ctypes.create_string_buffer(len(made))
        assert chip.weights_chip_run(given, output) == 0
        found.append(output.raw == made)
    return all(found)


def test_the_weights_of_another_training_make_it_the_other_model(chip: ctypes.CDLL) -> None:
    assert is_training(chip, 1)
    assert not is_training(chip, 2)
    assert bring(chip, image(2, 2), 2) == 0
    assert chip.weights_chip_vectors() == VECTORS
    assert is_training(chip, 2)
    assert chip.weights_chip_start(0) == 0
    assert is_training(chip, 2)


def test_a_wrong_weight_is_refused_by_its_own_vectors(chip: ctypes.CDLL) -> None:
    weights = bytearray(training(2).weights)
    last = len(weights) // 2
    weights[last : last + 40] = bytes(value ^ 0x55 for value in weights[last : last + 40])
    assert bring(chip, image(2, 2, weights=sealed(bytes(weights))), 2) == NOT_PROVED
    assert is_training(chip, 1)


def test_damaged_weights_are_not_started(chip: ctypes.CDLL) -> None:
    weights = bytearray(training(2).weights)
    weights[-1] ^= 0xFF
    assert bring(chip, image(2, 2, weights=bytes(weights)), 2) == NOT_PROVED
    assert is_training(chip, 1)


def test_weights_for_other_code_have_no_place(chip: ctypes.CDLL) -> None:
    other = bytearray(training(2).weights)
    other[12] ^= 1  # the first byte of the ABI
    assert bring(chip, image(2, 2, weights=sealed(bytes(other))), 2) == WRONG_PLACE
    assert is_training(chip, 1)


def test_vectors_of_another_model_have_no_place(chip: ctypes.CDLL) -> None:
    short = [(given[:-1], made) for given, made in vectors(2)]
    assert bring(chip, image(2, 2, proof=short), 2) == WRONG_PLACE
    assert is_training(chip, 1)


def test_an_older_counter_is_not_taken(chip: ctypes.CDLL) -> None:
    assert bring(chip, image(2, 2), 2) == 0
    assert bring(chip, image(1, 1), 1) == OLD_COUNTER
    assert is_training(chip, 2)


def test_the_file_is_little_more_than_the_weights() -> None:
    data, weights = image(1, 1), training(1).weights
    each = sum(map(len, vectors(1)[0]))
    assert len(data) - len(weights) < 128 + 4 + 12 + VECTORS * each
    assert parse_model_image(data).abi.hex() == training(1).abi


@pytest.mark.parametrize(
    ("weights", "golden", "sentence"),
    [
        (b"short", [(b"a", b"b")], "compile with weights apart"),
        (bytes(64), [], "come with golden vectors"),
        (bytes(64), [(b"a", b"b"), (b"ab", b"b")], "their lengths differ"),
    ],
)
def test_what_no_chip_could_prove_is_not_made(
    weights: bytes, golden: Vectors, sentence: str
) -> None:
    with pytest.raises(ImageError, match=sentence):
        weights_image(SlotWeights(weights, golden, TARGET, 1, bytes(32)))
