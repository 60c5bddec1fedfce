"""What an ONNX model takes and gives here, and why a model is refused before anything loads it.

Guarantees: a model that passes is a straight graph of operators of ONNX itself or of ONNX-ML, each
of which reads what was made before it; its inputs are fixed but for the batch, which is one.

An image is channel-last here, as cameras give it and kernels read it: an input that goes into a
convolution, a pool or the like has its second size, the channels, moved to the end.
"""

from collections.abc import Iterator
from typing import Any, Final

from fleet.lib.errors import Refused
from registry.files.onnx.model import CLASSICAL, OnnxModel, OnnxValue
from registry.files.onnx.read import read

IMAGE_RANKS: Final = frozenset({3, 4, 5})
DOMAINS: Final = frozenset({"", CLASSICAL})
NAME_CHARS: Final = 64


def outline(data: bytes) -> list[tuple[int, ...]]:
    """The shapes of the inputs without the batch, channel-last; 0 for a size that is not fixed.

    Raises Refused with a sentence.
    """
    model = checked(data)
    return [shape_here(value, model)[1:] for value in model.inputs]


def checked(data: bytes) -> OnnxModel:
    """Read a file and judge its structure. Raises Refused with a sentence."""
    model = read(data)
    for node in model.nodes:
        if node.domain not in DOMAINS:
            raise Refused(
                f"The ONNX model has the operator {node.kind[:NAME_CHARS]} of "
                f"{node.domain[:NAME_CHARS]}, which is not an operator of ONNX itself.",
                code="custom_operator",
            )
    _check_order(model)
    return model


def _check_order(model: OnnxModel) -> None:
    made = {"", *model.constants, *(value.name for value in model.inputs)}
    for node in model.nodes:
        if missing := next((name for name in node.inputs if name not in made), None):
            later = any(missing in other.outputs for other in model.nodes)
            what = "made after it or in a cycle" if later else "made by nothing"
            raise Refused(
                f"The ONNX operator {node.label} reads {missing[:NAME_CHARS]}, which is {what}."
            )
        given = [name for name in node.outputs if name]
        if twice := next((name for name in given if name in made), None):
            raise Refused(f"The ONNX value {twice[:NAME_CHARS]} is made twice.")
        made.update(given)
    if lost := next((value.name for value in model.outputs if value.name not in made), None):
        raise Refused(f"The ONNX output {lost[:NAME_CHARS]} is made by nothing.")


def channel_last(value: OnnxValue, model: OnnxModel) -> bool:
    """Whether an input has its channels moved to the end here."""
    rank = len(value.shape or ())
    return rank in IMAGE_RANKS and value.name in model.images


def shape_here(value: OnnxValue, model: OnnxModel) -> tuple[int, ...]:
    """The shape of an input as samples are given to it, with batch 1; 0 for an unknown size."""
    shape = value.shape
    if not shape:
        raise Refused(f"The ONNX input {value.name[:NAME_CHARS]} does not say its shape.")
    if shape[0] > 1:
        raise Refused(f"The ONNX model takes {shape[0]} samples at a time; export it with one.")
    sizes = (1, *shape[1:])
    return (1, *sizes[2:], sizes[1]) if channel_last(value, model) else sizes


def io_schema(model: OnnxModel) -> dict[str, list[dict[str, Any]]]:
    """Inputs as samples are given to them, and outputs. Raises Refused for a size that varies."""
    return {"inputs": list(_inputs(model)), "outputs": list(_outputs(model))}


def _inputs(model: OnnxModel) -> Iterator[dict[str, Any]]:
    for value in model.inputs:
        shape = shape_here(value, model)
        if 0 in shape:
            raise Refused(
                f"The ONNX input {value.name[:NAME_CHARS]} has a size that is not fixed; export "
                "the model with fixed sizes."
            )
        yield {"name": value.name, "shape": list(shape), "dtype": value.dtype}


def _outputs(model: OnnxModel) -> Iterator[dict[str, Any]]:
    for value in model.outputs:
        shape = value.shape or ()
        yield {"name": value.name, "shape": [1, *shape[1:]], "dtype": value.dtype}
