"""Golden vectors reach every operator's ends, ties and values further than standard ones, and the
same ones come again.
"""

import sys
from pathlib import Path

import pytest

from builds.compiler import compile_model
from builds.targets import load_target
from builds.verify import golden_inputs, prove
from builds.verify.coverage import Coverage, choose
from builds.verify.interface import interface_of
from builds.verify.plausible import Looked, judge_all, look
from tests.builds.compiler.networks import Net
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.memory.svdf import svdf
from tests.builds.compiler.operators.reductions.softmax import add_softmax
from tests.builds.compiler.other_networks import Chain
from tests.builds.verify.plausible.looking import looked_at

WANTED = 4
TARGET = load_target("cortex-m4f")


def layers() -> bytes:
    """Two convolutions and a dense layer: hard to drive from outside."""
    chain = Chain(Net(3), (1, 12, 12, 2)).conv(6, (3, 3)).conv(8, (3, 3), 2)
    return chain.dense(5).build()


def covered(looked: Looked, count: int) -> Coverage:
    return choose(looked, judge_all(looked), count).coverage


def standard(monkeypatch: pytest.MonkeyPatch, model: bytes) -> Coverage:
    """What the vectors reach that are the same for every model."""
    module = sys.modules[look.__module__]
    monkeypatch.setattr(module, "TRIES_MAX", 0)
    monkeypatch.setattr(module, "SPARE_MAX", 0)
    return covered(looked_at(model, vectors=WANTED), WANTED)


def test_chosen_vectors_reach_more_than_the_first_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = covered(looked_at(layers(), vectors=WANTED), WANTED)
    first = standard(monkeypatch, layers())
    assert (chosen.vectors, first.vectors) == (WANTED, WANTED)
    assert chosen.tried > first.tried == WANTED
    assert chosen.values > 1.2 * first.values
    assert chosen.marks >= first.marks
    assert {"low", "high"} <= set(chosen.operators[0].reached)


def test_the_first_vector_is_the_standard_one() -> None:
    looked = looked_at(layers(), vectors=WANTED)
    given = golden_inputs(interface_of(looked.graphs[0]), vectors=WANTED)
    assert choose(looked, judge_all(looked), WANTED).vectors[0] == given[0]


def test_the_more_vectors_the_more_they_reach() -> None:
    looked = looked_at(layers(), vectors=10)
    marks = [covered(looked, count).marks for count in (1, 2, 5, 10)]
    values = [covered(looked, count).values for count in (1, 2, 5, 10)]
    assert marks == sorted(marks)
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_two_vectors_reach_both_ends_of_the_first_layer() -> None:
    found = covered(looked_at(layers(), vectors=2), 2)
    assert {"low", "high"} <= set(found.operators[0].reached)


def test_equal_models_get_equal_vectors_and_others_get_others() -> None:
    one, again = looked_at(layers()), looked_at(layers())
    assert one.vectors == again.vectors
    other = Chain(Net(4), (1, 12, 12, 2)).conv(6, (3, 3)).dense(5).build()
    assert set(looked_at(other).vectors) != set(one.vectors)


def test_a_model_with_a_state_keeps_its_vectors_in_their_order() -> None:
    looked = looked_at(svdf(1, 1, 4, 3, 1, 3, "int8"), vectors=5)
    given = golden_inputs(interface_of(looked.graphs[0]), vectors=5)
    assert list(choose(looked, judge_all(looked), 5).vectors) == given


def test_marks_that_are_there_are_named_and_so_are_those_that_are_missed() -> None:
    net = Net(9)
    add_dense(net, 1, 6, 4, activation=1)
    add_softmax(net, 1, 3)
    found = covered(looked_at(net.build()), 6)
    for row in found.operators:
        assert not set(row.reached) & set(row.missed)
        assert 0 < row.values <= 1
    softmax = found.operators[1]
    assert "negative" not in (*softmax.reached, *softmax.missed)
    assert "positive" in softmax.reached


def test_an_operator_that_only_moves_has_no_ties() -> None:
    net = Net(2)
    source, kept = net.source((2, 3), scale=0.1, zero=0), {"scale": 0.1, "zero": 0}
    net.spec.op("TRANSPOSE", (source, net.integers([1, 0])), (net.result((3, 2), **kept),))
    (row,) = covered(looked_at(net.build()), 4).operators
    assert not {"tie_negative", "tie_positive"} & {*row.reached, *row.missed}


@pytest.mark.toolchain
def test_a_proof_runs_the_chosen_vectors_and_says_what_they_reach(tmp_path: Path) -> None:
    model = layers()
    compiled = compile_model(model, TARGET)
    proofs = [
        prove(model, compiled, TARGET, vectors=WANTED, workdir=tmp_path / name) for name in "ab"
    ]
    assert proofs[0].golden == proofs[1].golden
    assert proofs[0].equal
    assert proofs[0].seen is not None
    assert [given for given, _ in proofs[0].golden] == list(proofs[0].seen.inputs)
    assert proofs[0].seen.coverage == proofs[1].seen.coverage  # type: ignore[union-attr]


@pytest.mark.toolchain
def test_a_model_that_tflm_does_not_take_says_why_nobody_looked(tmp_path: Path) -> None:
    net = Net(3)
    net.spec.op("RELU_N1_TO_1", (net.source((1, 8)),), (net.result((1, 8)),))
    model = net.build()
    proof = prove(model, compile_model(model, TARGET), TARGET, vectors=3, workdir=tmp_path)
    assert proof.equal
    assert proof.seen is not None
    assert proof.seen.coverage is None
    assert "TensorFlow Lite Micro" in proof.seen.reason
    assert list(proof.seen.inputs) == golden_inputs(proof.interface, vectors=3)


def test_results_near_a_tie_are_met_in_every_wide_layer() -> None:
    found = covered(looked_at(layers(), vectors=10), 10)
    assert all("tie_positive" in row.reached for row in found.operators[:2])
