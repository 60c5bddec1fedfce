"""Names in the generated code: taken from the model, unique, and valid in C++."""

import re

from builds.compiler.graph import Graph, Op
from builds.compiler.operators.common.flavour import Flavour

_KEPT = 32  # characters of a model's name


def function_name(op: Op, graph: Graph) -> str:
    """Name an operator after its number and the tensor that it writes."""
    return f"op{op.index:02d}_{identifier(graph.tensor((op.outputs or op.inputs)[0]).name)}"


def identifier(text: str) -> str:
    """Turn any text into the tail of a C identifier."""
    parts = [p for p in re.split(r"[/:]", text.split(";", maxsplit=1)[0]) if p]
    words = re.sub(r"[^a-z0-9]+", "_", "_".join(parts[-2:]).lower()).strip("_")
    return words[:_KEPT].strip("_") or "tensor"


def scoped(files: tuple[str, ...], flavour: Flavour, shared: tuple[str, ...]) -> tuple[str, ...]:
    """Name runtime files: first those that all flavours share.

    Then those of one flavour's namespace.
    """
    return shared + tuple(f"{flavour}::{name}" for name in files)
