"""The proof that a build computes what the model says: equal bytes from every engine.

Guarantees:
* an engine that is not there is reported with its reason and never counts as equal, and so is a
  vector on which TFLM aborts;
* `equal` needs at least two engines, all that ran, and every byte of every vector;
* a classical model has a reference of its own in TFLM's place;
* a golden output is the reference's where it ran, else that of the first engine that did;
* what is not a number equals all that is none, and no vector that ends in it is golden;
* `equal` says nothing of the interpreter itself: `seen` has what real numbers say of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from builds.compiler import Graph
from builds.targets import Target
from builds.verify.child import EngineAnswer
from builds.verify.classical.engine import is_classical, run_reference
from builds.verify.engines import ENGINES, ProofEngine, attempt
from builds.verify.errors import EngineFailed, EngineUnavailable
from builds.verify.interface import Interface, interface_of
from builds.verify.profile import profile
from builds.verify.reals import RealProof, are_numbers, canonical, own_functions, real_proof
from builds.verify.seen import Seen, see
from builds.verify.subject import Subject


class ProvableCode(Protocol):
    """What a proof needs of the compiler's result."""

    @property
    def files(self) -> Mapping[str, str]:
        """Sources by name."""

    @property
    def proof_cflags(self) -> Sequence[str]:
        """Flags they want, with the plain names of the four functions."""

    @property
    def reference(self) -> bytes:
        """The model with the sizes filled in that its file leaves open; may be empty."""

    @property
    def graph(self) -> Graph:
        """Inputs, outputs and operators."""

    @property
    def state_bytes(self) -> int:
        """What one run leaves for the next."""


class ValuesFound(Protocol):
    """What was found of functions of one value, over all their values."""

    @property
    def functions(self) -> int:
        """How many were compared."""

    @property
    def values(self) -> int:
        """How many values went in."""

    @property
    def unchecked(self) -> Sequence[str]:
        """Those that were not compared, and why."""


@dataclass(frozen=True)
class Proof:
    """What was compared, and how it came out."""

    vectors: int
    engines: Mapping[str, str | None]  # engine -> name and version, None where it did not answer
    reasons: Mapping[str, str]  # engine -> why it did not answer, or not to all
    equal: bool
    first_difference: str | None
    instructions: int | None  # of one ef_invoke, on vector 0
    stack_bytes: int | None  # deepest stack over all vectors
    golden: list[tuple[bytes, bytes]]
    interface: Interface = field(repr=False)
    reals: RealProof | None = None  # how real numbers were compared, where there are some
    steps: tuple[int, ...] = ()  # instructions of each step that was named, on vector 0
    values: ValuesFound | None = None  # of functions of one value, where they were checked
    seen: Seen | None = None  # what the vectors reach, and what real numbers say


def prove(
    model: bytes,
    compiled: ProvableCode,
    target: Target,
    *,
    vectors: int,
    workdir: Path,
    seed: int = 0,
    compiler: str = "clang",
    steps: Sequence[str] = (),
    engines: Sequence[str] | None = None,
) -> Proof:
    """Run the golden vectors through every engine, or those that are named, and compare.

    Functions named in `steps`, in the order in which they run, are profiled as well.
    """
    interface = interface_of(compiled.graph)
    model = compiled.reference or model
    subject = Subject(
        model,
        compiled.files,
        compiled.proof_cflags,
        target,
        interface,
        workdir,
        compiler,
        stateful=compiled.state_bytes > 0,
        steps=tuple(steps),
        classical=is_classical(compiled.graph),
    )
    seen = see(subject, vectors=vectors, seed=seed)
    proof = prove_subject(subject, seen.inputs, engines)
    counted, reals = profile(subject, seen.inputs), _reals(subject, proof, seen)
    return replace(proof, steps=counted, seen=seen, reals=reals)


def _reals(subject: Subject, proof: Proof, seen: Seen) -> RealProof | None:
    """Tell how real numbers were compared; None where the model has none in its outputs."""
    functions = own_functions(subject.files)
    if not functions and all(slot.dtype != "float32" for slot in subject.interface.outputs):
        return None
    golden = dict(proof.golden)
    pairs = [
        (golden[given], made)
        for given, made in zip(seen.inputs, seen.outputs, strict=False)
        if given in golden and made is not None and not subject.stateful
    ]
    return real_proof(subject.interface, functions, pairs)


def prove_subject(
    subject: Subject, inputs: Sequence[bytes], engines: Sequence[str] | None = None
) -> Proof:
    """Run these inputs through every engine, or those that are named, and compare."""
    answers: dict[str, EngineAnswer] = {}
    reasons: dict[str, str] = {}
    broken: list[str] = []
    known = engines_of(subject)
    for name in known if engines is None else (*engines, *(known.keys() - ENGINES.keys())):
        try:
            answers[name] = _canonical(subject.interface, attempt(known[name], subject, inputs))
        except EngineUnavailable as error:
            reasons[name] = str(error)
        except EngineFailed as error:
            reasons[name] = str(error)
            broken.append(str(error))
    if "tflm" in answers and (skipped := _skipped(answers["tflm"])):
        which = ", ".join(map(str, sorted(skipped)))
        reasons["tflm"] = f"it aborts, or lost its state, on vectors {which} of {len(inputs)}"
    difference = broken[0] if broken else _compare(subject.interface, answers)
    emulated = answers["emulator"].facts if "emulator" in answers else {}
    return Proof(
        vectors=len(inputs),
        engines={
            name: answers[name].facts["engine"] if name in answers else None for name in known
        },
        reasons=reasons,
        equal=difference is None,
        first_difference=difference,
        instructions=emulated.get("instructions"),
        stack_bytes=emulated.get("stack_bytes"),
        golden=[
            (given, outputs[0][1])
            for vector, given in enumerate(inputs)
            if (outputs := _outputs(answers, vector))
            and are_numbers(subject.interface, outputs[0][1])
        ],
        interface=subject.interface,
    )


def engines_of(subject: Subject) -> Mapping[str, ProofEngine]:
    """The three engines, and the evaluator of classical models where it is one."""
    if not subject.classical:
        return ENGINES
    return {"reference": run_reference, **ENGINES, "tflm": no_tflm}


def no_tflm(subject: Subject, inputs: Sequence[bytes]) -> EngineAnswer:
    """Say that TFLM has none of these operators, without asking it."""
    raise EngineUnavailable("TensorFlow Lite Micro has no classical operators")


def _canonical(interface: Interface, answer: EngineAnswer) -> EngineAnswer:
    return replace(answer, outputs=[canonical(interface, data) for data in answer.outputs])


def _compare(interface: Interface, answers: Mapping[str, EngineAnswer]) -> str | None:
    """None when all agree, else one sentence about the first byte that does not."""
    if len(answers) < 2:
        return f"only {len(answers)} engine could run, and one alone proves nothing"
    for vector in range(max(len(answer.outputs) for answer in answers.values())):
        (first, left), *others = _outputs(answers, vector)
        if not others:
            return f"vector {vector}: only {first} answered, and one alone proves nothing"
        for other, right in others:
            if left != right:
                where = _locate(interface, left, right)
                return f"vector {vector}, {where.format(first, other)}"
    return None


def _outputs(answers: Mapping[str, EngineAnswer], vector: int) -> list[tuple[str, bytes]]:
    """What each engine that answered to this vector gave."""
    return [
        (name, answer.outputs[vector])
        for name, answer in answers.items()
        if vector not in _skipped(answer)
    ]


def _skipped(answer: EngineAnswer) -> frozenset[int]:
    return frozenset(answer.facts.get("skipped", ()))


def _locate(interface: Interface, left: bytes, right: bytes) -> str:
    at = 0
    for index, slot in enumerate(interface.outputs):
        kind = np.dtype("int8" if slot.dtype == "bool" else slot.dtype)
        one = np.frombuffer(left[at : at + slot.nbytes], dtype=kind)
        two = np.frombuffer(right[at : at + slot.nbytes], dtype=kind)
        at += slot.nbytes
        if one.tobytes() != two.tobytes():
            differs = one.view(f"V{kind.itemsize}") != two.view(f"V{kind.itemsize}")
            element, count = int(np.argmax(differs)), int(np.count_nonzero(differs))
            values = f"{{}} has {one[element]} and {{}} has {two[element]}"
            of = f"{count} of {one.size} elements differ"
            return f"output {index} ({slot.name}), element {element}: {values}; {of}"
    return "outputs differ in length: {} against {}"
