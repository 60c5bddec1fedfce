"""What a retrained model changes: nothing, its weights, or its code."""

import hashlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.build_diff import FIELDS, UntoldChange
from builds.compiler import Weights, compile_model, read_graph
from builds.export import Change, Sections, change_between, sections_of
from builds.export.build_diff import split_image
from builds.targets import load_target
from builds.toolchain import build_library
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.export.exports import model

pytestmark = pytest.mark.toolchain


@cache
def report(
    data: bytes, target_name: str = "cortex-m4f", weights: Weights = Weights.TOGETHER
) -> dict[str, Any]:
    target = load_target(target_name)
    compiled = compile_model(data, target, weights=weights)
    with tempfile.TemporaryDirectory() as name:
        library = build_library(compiled.files, target, Path(name), cflags=compiled.cflags)
        image = library.image.read_bytes()
    sections = sections_of(compiled, target, image)
    assert sections.weights_bytes == library.weights_bytes
    return {"sections": sections.as_dict()}


def dense(*, outputs: int = 24, seed: int = 3) -> bytes:
    net = Net(seed)
    add_dense(net, 1, 12, outputs)
    return net.build()


def retrained(data: bytes) -> bytes:
    """Every weight a step nearer to zero."""
    changed = bytearray(data)
    for tensor in read_graph(data).tensors:
        if tensor.data is not None and tensor.dtype == "int8":
            at = data.index(tensor.data)
            nearer = [v - (v > 0) + (v < 0) for v in memoryview(tensor.data).cast("b")]
            changed[at : at + len(nearer)] = bytes(v & 0xFF for v in nearer)
    assert bytes(changed) != data
    return bytes(changed)


def test_the_same_model_gives_the_same_build() -> None:
    assert change_between(report(model()), report.__wrapped__(model())) is Change.IDENTICAL


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_other_weights_alone_are_weights_only(target: str) -> None:
    # The first step takes away -128, for which some kernels have no room.
    before = retrained(dense())
    first, second = report(before, target), report(retrained(before), target)
    assert change_between(first, second) == "weights only"
    assert change_between(second, first) == "weights only"


def test_another_shape_of_a_result_is_another_interface() -> None:
    assert change_between(report(dense()), report(dense(outputs=28))) is Change.INTERFACE


def test_another_scale_of_the_input_is_another_interface() -> None:
    first, second = report(dense(seed=3)), report(dense(seed=4))
    assert first["sections"]["abi"] != second["sections"]["abi"]
    assert change_between(first, second) is Change.INTERFACE


def test_a_report_of_old_that_does_not_tell_the_interface_counts_it_as_code() -> None:
    first, second = report(dense(seed=3))["sections"], report(dense(seed=4))
    old = {"sections": {name: first[name] for name in FIELDS}}
    assert change_between(old, second) is Change.CODE_AND_WEIGHTS


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus"])
def test_with_weights_apart_another_training_is_weights_only(target: str) -> None:
    first, second = (report(dense(seed=n), target, Weights.APART) for n in (3, 4))
    assert change_between(first, second) is Change.WEIGHTS_ONLY
    other = report(dense(outputs=28), target, Weights.APART)
    assert change_between(first, other) is Change.INTERFACE
    assert change_between(first, report(dense(), target)) is not Change.WEIGHTS_ONLY


def test_every_kind_of_change_says_what_to_ship() -> None:
    assert len({change.sentence for change in Change}) == len(Change)


def test_another_cpu_is_another_code() -> None:
    assert change_between(report(dense()), report(dense(), "cortex-m0plus")) == "code and weights"


def test_code_that_differs_under_the_same_interface_is_code() -> None:
    sections = Sections("a", "i", "b", "c", 1).as_dict()
    other = {"sections": sections | {"code_sha256": "x"}}
    assert change_between({"sections": sections}, other) is Change.CODE_AND_WEIGHTS


@pytest.mark.parametrize("bad", [{}, {"sections": None}, {"sections": {"abi": "a"}}])
def test_a_report_without_digests_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(UntoldChange, match="build it again"):
        change_between(bad, report(dense()))


@given(st.binary(max_size=100))
def test_an_image_that_is_no_elf_file_counts_as_code(data: bytes) -> None:
    if not data.startswith(b"\x7fELF"):
        assert split_image(data) == (hashlib.sha256(data).hexdigest(), data)
