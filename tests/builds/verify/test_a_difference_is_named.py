from collections.abc import Sequence
from pathlib import Path

import pytest

from builds.verify import EngineFailed, EngineUnavailable, golden_inputs, proof
from builds.verify.child import EngineAnswer
from builds.verify.interface import Interface, TensorSlot
from builds.verify.proof import Proof, prove_subject
from builds.verify.subject import Subject
from tests.builds.verify.subjects import BYTES16, subject

INPUTS = golden_inputs(BYTES16, vectors=3)
SAME = [bytes(16)] * 3


class Fixed:
    """An engine that answers what it was told to, as a real one would after its child ended."""

    def __init__(self, outputs: Sequence[bytes] | Exception, **facts: object) -> None:
        self.outputs, self.facts = outputs, facts

    def __call__(self, subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
        if isinstance(self.outputs, Exception):
            raise self.outputs
        return EngineAnswer(list(self.outputs), {"engine": "fixed", **self.facts})


def proved(
    monkeypatch: pytest.MonkeyPatch, interface: Interface = BYTES16, **engines: Fixed
) -> Proof:
    monkeypatch.setattr(proof, "ENGINES", engines)
    base = subject(Path("unused"))
    what = Subject(b"", base.files, (), base.target, interface, base.workdir)
    return prove_subject(what, INPUTS)


def test_equal_engines_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    result = proved(monkeypatch, tflm=Fixed(SAME), host=Fixed(SAME))
    assert result.equal
    assert result.first_difference is None
    assert result.golden == list(zip(INPUTS, SAME, strict=True))
    assert result.vectors == 3


def test_the_first_differing_element_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    other = [SAME[0], b"\0" * 5 + b"\xff\x02" + b"\0" * 9, SAME[2]]
    result = proved(monkeypatch, tflm=Fixed(SAME), host=Fixed(SAME), emulator=Fixed(other))
    assert not result.equal
    assert result.first_difference == (
        "vector 1, output 0 (output), element 5: tflm has 0 and emulator has -1;"
        " 2 of 16 elements differ"
    )


def test_the_second_output_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = (TensorSlot("a", "int8", (2,), 1.0, 0), TensorSlot("b", "float32", (1,), 1.0, 0))
    interface = Interface(BYTES16.inputs, slots)
    one, two = [b"\1\2\0\0\0\0"] * 3, [b"\1\2\0\0\x80\x3f"] * 3
    result = proved(monkeypatch, interface, tflm=Fixed(one), host=Fixed(two))
    assert "vector 0, output 1 (b), element 0: tflm has 0.0 and host has 1.0" in str(
        result.first_difference
    )


def test_minus_zero_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    interface = Interface(BYTES16.inputs, (TensorSlot("f", "float32", (1,), 1.0, 0),))
    one, two = [b"\0\0\0\0"] * 3, [b"\0\0\0\x80"] * 3
    assert not proved(monkeypatch, interface, tflm=Fixed(one), host=Fixed(two)).equal


def test_equal_nans_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    interface = Interface(BYTES16.inputs, (TensorSlot("f", "float32", (1,), 1.0, 0),))
    nans = [b"\0\0\xc0\x7f"] * 3
    assert proved(monkeypatch, interface, tflm=Fixed(nans), host=Fixed(nans)).equal


def test_an_engine_that_is_missing_is_named_and_not_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Fixed(EngineUnavailable("unicorn is not installed"))
    result = proved(monkeypatch, tflm=Fixed(SAME), host=Fixed(SAME), emulator=missing)
    assert result.engines == {"tflm": "fixed", "host": "fixed", "emulator": None}
    assert result.reasons == {"emulator": "unicorn is not installed"}
    assert result.equal
    assert result.instructions is None
    assert result.stack_bytes is None


def test_one_engine_alone_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = Fixed(EngineUnavailable("gone"))
    result = proved(monkeypatch, tflm=missing, host=Fixed(SAME), emulator=missing)
    assert not result.equal
    assert "alone proves nothing" in str(result.first_difference)


def test_no_engine_gives_no_golden_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    result = proved(monkeypatch, tflm=Fixed(EngineUnavailable("gone")))
    assert not result.equal
    assert result.golden == []


def test_an_engine_that_broke_fails_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Fixed(EngineFailed("the emulator broke"))
    result = proved(monkeypatch, tflm=Fixed(SAME), host=Fixed(SAME), emulator=broken)
    assert not result.equal
    assert result.first_difference == "the emulator broke"


def test_counts_come_from_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = Fixed(SAME, instructions=123, stack_bytes=45)
    result = proved(monkeypatch, tflm=Fixed(SAME), emulator=emulator)
    assert (result.instructions, result.stack_bytes) == (123, 45)
