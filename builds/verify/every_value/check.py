"""Cut the functions out, give TFLM and the generated code every value, and compare.

Guarantees: what could not be compared is named with the reason, and never counts as checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from builds.compiler import Compiled, CompileError, compile_model, limits
from builds.compiler.graph import Graph
from builds.compiler.read.tflite import read_subgraphs
from builds.targets import Target
from builds.verify import EngineFailed, EngineUnavailable, Proof, interface_of
from builds.verify.engines import attempt, run_host, run_tflm
from builds.verify.every_value.cut import CannotCut, cut
from builds.verify.every_value.functions import Function, apart, functions_of, shape_of
from builds.verify.subject import Subject

_ELEMENTS = 1 << 22  # of all inputs of one run
_TOGETHER = limits.ARITY // 2  # functions of one run
_RAM_BYTES = 1 << 30  # nothing runs on the target here


@dataclass(frozen=True)
class ValueCheck:
    """What was found of a model's functions of one value."""

    functions: int = 0  # that were compared
    values: int = 0  # that went in, of all together
    unchecked: tuple[str, ...] = ()  # each function that was not compared, and why
    difference: str | None = None  # the first one, as a sentence without its full stop

    def plus(self, other: "ValueCheck") -> "ValueCheck":
        """Add what was found of others."""
        return ValueCheck(
            self.functions + other.functions,
            self.values + other.values,
            self.unchecked + other.unchecked,
            self.difference or other.difference,
        )


@dataclass(frozen=True)
class _Case:
    """The model whose functions are compared, and where that is done."""

    model: bytes
    target: Target
    workdir: Path


def check_values(compiled: Compiled, model: bytes, target: Target, workdir: Path) -> ValueCheck:
    """Compare every function of one value in the model over all its values."""
    case = _Case(compiled.reference or model, replace(target, ram_bytes=_RAM_BYTES), workdir)
    found = ValueCheck()
    for number, graph in enumerate(read_subgraphs(case.model)):
        for part in _bounded(apart(functions_of(graph))):
            found = found.plus(_compare(case, number, graph, part))
    return found


def with_values(
    proof: Proof, compiled: Compiled, model: bytes, target: Target, workdir: Path
) -> Proof:
    """Give the proof with what was found; one that was equal is not where a function differs."""
    found = check_values(compiled, model, target, workdir)
    difference = proof.first_difference or found.difference
    return replace(
        proof, equal=proof.equal and difference is None, first_difference=difference, values=found
    )


def functions_json(proof: Proof) -> dict[str, object] | None:
    """What a report says of the functions of one value; None where they were not looked at."""
    found = proof.values
    if found is None:
        return None
    return {
        "compared": found.functions,
        "values": found.values,
        "not_compared": list(found.unchecked),
    }


def _bounded(parts: Sequence[Sequence[Function]]) -> list[list[Function]]:
    """Part further, so that no run takes more elements than there should be."""
    made: list[list[Function]] = []
    for part in parts:
        count = _ELEMENTS + 1
        for function in part:
            size = function.values * function.columns
            if count + size > _ELEMENTS or len(made[-1]) >= _TOGETHER:
                made.append([])
                count = 0
            made[-1].append(function)
            count += size
    return made


def _compare(case: _Case, subgraph: int, graph: Graph, part: list[Function]) -> ValueCheck:
    """Compare some functions together; where an engine does not take them all, half of them."""
    try:
        return _difference(part, *_answers(case, subgraph, graph, part))
    except (EngineUnavailable, EngineFailed, CompileError, CannotCut) as error:
        if len(part) == 1:
            return ValueCheck(unchecked=(f"{part[0].label}: {error}",))
    half = len(part) // 2
    first = _compare(case, subgraph, graph, part[:half])
    return first.plus(_compare(case, subgraph, graph, part[half:]))


def _answers(
    case: _Case, subgraph: int, graph: Graph, part: Sequence[Function]
) -> tuple[bytes, bytes]:
    """Give the outputs of TFLM and of the generated code, all functions one after the other."""
    sources = {f.source.index: f for f in part}
    targets = list(dict.fromkeys(f.target.index for f in part))
    ops = {op.index for f in part for op in f.ops}
    model = cut(case.model, subgraph, sorted(ops), (list(sources), targets), _shapes(graph, part))
    compiled = compile_model(model, case.target)
    subject = Subject(
        compiled.reference,
        compiled.files,
        compiled.cflags,
        case.target,
        interface_of(compiled.graph),
        case.workdir,
    )
    inputs = [b"".join(_values(function) for function in sources.values())]
    expected = attempt(run_tflm, subject, inputs)
    return expected.outputs[0], attempt(run_host, subject, inputs).outputs[0]


def _shapes(graph: Graph, part: Sequence[Function]) -> Mapping[int, tuple[int, ...]]:
    return {i: shape_of(f, len(graph.tensor(i).shape)) for f in part for i in f.tensors()}


def _values(function: Function) -> bytes:
    ends = np.iinfo(function.source.dtype)
    values = np.arange(ends.min, ends.max + 1, dtype=np.int64)
    whole = np.repeat(values, function.columns)
    return whole.astype(np.dtype(function.source.dtype).newbyteorder("<")).tobytes()


def _difference(part: Sequence[Function], expected: bytes, found: bytes) -> ValueCheck:
    """Compare the bytes of each function; a value is a row of as many columns as it has."""
    at, said = 0, None
    for function in part:
        kind = np.dtype("int8" if function.target.dtype == "bool" else function.target.dtype)
        size = function.values * function.columns * kind.itemsize
        one, two = (np.frombuffer(b[at : at + size], kind) for b in (expected, found))
        at += size
        if one.tobytes() != two.tobytes() and said is None:
            differs = one.view(f"V{kind.itemsize}") != two.view(f"V{kind.itemsize}")
            element = int(np.argmax(differs))
            value = int(np.iinfo(function.source.dtype).min) + element // function.columns
            said = (
                f"{function.label} gives {two[element]} for {value} where TensorFlow Lite Micro "
                f"gives {one[element]}; {int(differs.sum())} of {one.size} values differ"
            )
    values = sum(f.values * f.columns for f in part)
    return ValueCheck(len(part), values, difference=said)
