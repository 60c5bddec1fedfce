"""Looks at a model as a proof does, and names what the witness holds against it."""

from pathlib import Path

from builds.compiler import built_part
from builds.compiler.read.fold_shapes import fold_shapes
from builds.compiler.read.reference import reference_of
from builds.compiler.read.tflite import read_tflite
from builds.verify.interface import interface_of
from builds.verify.plausible import Judgement, Looked, judge_all, look

SHARED = Path(__file__).resolve().parents[5] / "shared"


def looked_at(model: bytes, *, vectors: int = 6) -> Looked:
    """Ask the interpreter."""
    model = built_part(model)
    graph = fold_shapes(read_tflite(model))
    stateful = any(tensor.variable for tensor in graph.tensors)
    whole = reference_of(model, graph)
    return look(whole, interface_of(graph), vectors=vectors, seed=0, stateful=stateful)


def judgement_on(model: bytes, *, vectors: int = 6) -> Judgement:
    """Judge the interpreter."""
    return judge_all(looked_at(model, vectors=vectors))


def blamed(model: bytes, *, vectors: int = 6) -> set[str]:
    """Kinds of operators that leave what rounding explains."""
    return {item.kind for item in judgement_on(model, vectors=vectors).found.beyond}
