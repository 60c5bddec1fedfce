"""TFLM ends the process where one of its own checks fails; the other vectors are still compared."""

from pathlib import Path

import pytest

from builds.compiler.pipeline import compile_model
from builds.targets import load_target
from builds.verify import Proof, prove
from builds.verify.engines import attempt, run_host, run_tflm
from builds.verify.errors import EngineUnavailable
from builds.verify.interface import Interface, interface_of
from builds.verify.proof import prove_subject
from builds.verify.subject import Subject
from builds.verify.vectors import golden_inputs
from tests.builds.compiler.networks import Net

CLASSES = 1000
EQUAL = [1, 2, 3]  # golden vectors of one value: all least, all greatest, all zero points
TARGET = load_target("rv32imc")


def thousand_classes(scale: float) -> bytes:
    net = Net(2)
    logits = net.source((1, CLASSES), scale=scale)
    shares = net.result((1, CLASSES), scale=1 / 256, zero=-128)
    net.spec.op("SOFTMAX", (logits,), (shares,), beta=1.0)
    return net.build()


def subject(workdir: Path, scale: float, *, stateful: bool = False) -> Subject:
    model = thousand_classes(scale)
    interface: Interface = interface_of(compile_model(model, TARGET).graph)
    return Subject(model, {}, (), TARGET, interface, workdir, stateful=stateful)


def proof_of_any_vectors(workdir: Path) -> Proof:
    model = thousand_classes(0.1)
    made = compile_model(model, TARGET)
    interface = interface_of(made.graph)
    whole = Subject(model, made.files, made.cflags, TARGET, interface, workdir)
    return prove_subject(whole, golden_inputs(interface, vectors=5))


def test_it_answers_to_the_others(tmp_path: Path) -> None:
    what = subject(tmp_path, 0.1)
    answer = attempt(run_tflm, what, golden_inputs(what.interface, vectors=5))
    assert answer.facts["skipped"] == EQUAL
    assert answer.outputs[0] != bytes(CLASSES)


def test_of_a_model_with_a_state_nothing_later_counts(tmp_path: Path) -> None:
    what = subject(tmp_path, 0.1, stateful=True)
    answer = attempt(run_tflm, what, golden_inputs(what.interface, vectors=6))
    assert answer.facts["skipped"] == [1, 2, 3, 4, 5]


def test_who_answers_to_none_is_not_there(tmp_path: Path) -> None:
    what = subject(tmp_path, 0.001)
    with pytest.raises(EngineUnavailable, match="aborts on every vector"):
        attempt(run_tflm, what, golden_inputs(what.interface, vectors=2))


@pytest.mark.toolchain
def test_where_one_engine_is_left_nothing_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builds.verify.proof.ENGINES", {"tflm": run_tflm, "host": run_host})
    proof = proof_of_any_vectors(tmp_path)
    assert not proof.equal
    assert proof.first_difference == "vector 1: only host answered, and one alone proves nothing"


@pytest.mark.toolchain
@pytest.mark.emulator
def test_a_proof_says_which_and_takes_their_golden_outputs_from_the_others(tmp_path: Path) -> None:
    proof = proof_of_any_vectors(tmp_path)
    assert proof.equal
    assert proof.engines["tflm"] is not None
    assert "on vectors 1, 2, 3 of 5" in proof.reasons["tflm"]
    assert [len(outputs) for _, outputs in proof.golden] == [CLASSES] * 5
    assert proof.golden[1][1] != bytes(CLASSES)


@pytest.mark.toolchain
def test_a_proof_looks_for_vectors_that_all_engines_answer_and_tells_of_the_others(
    tmp_path: Path,
) -> None:
    model = thousand_classes(0.1)
    proof = prove(model, compile_model(model, TARGET), TARGET, vectors=5, workdir=tmp_path)
    assert proof.equal
    assert "tflm" not in proof.reasons
    assert proof.seen is not None
    assert proof.seen.plausible is not None
    (note,) = proof.seen.plausible.notes
    assert "aborts on" in note
