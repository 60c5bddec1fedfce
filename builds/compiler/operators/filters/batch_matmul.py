"""BATCH_MATMUL: transposed and broadcast operands are a matter of strides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from builds.compiler.arithmetic.multiplier import tensor_multiplier
from builds.compiler.graph import ABSENT, Graph, Op, Tensor
from builds.compiler.operators.common import naming
from builds.compiler.operators.common.binary import operands_are_int8
from builds.compiler.operators.common.blocks import strides
from builds.compiler.operators.common.checks import an_operand_is_computed, result, two_inputs
from builds.compiler.operators.common.learned_value import learned, learned_all
from builds.compiler.operators.common.lowered_op import Array, Context, LoweredOp, constant
from builds.compiler.operators.common.real.form import RealForm, operands_are_real
from builds.compiler.operators.opdef import OpDef

BATCH_AXES = 3
_NORM_DEPTH = 32_768  # more squares of int8 differences could overflow 32 bits
_TRANSPOSED = {"adj_x": False, "adj_y": True}


def matrices_fit(op: Op, graph: Graph) -> bool:
    """Operands must be matrices with one inner size, that give the output's rows and columns."""
    a, b, target = graph.tensor(op.inputs[0]), graph.tensor(op.inputs[1]), result(op, graph)
    if min(len(t.shape) for t in (a, b, target)) < 2:
        return False
    left = a.shape[:-3:-1] if op.options["adj_x"] else a.shape[-2:]
    right = b.shape[:-3:-1] if op.options["adj_y"] else b.shape[-2:]
    inner = inner_size(op, a)
    return (
        (left[1], right[0]) == (inner, inner)
        and inner <= _NORM_DEPTH
        and (
            left[0],
            right[1],
        )
        == target.shape[-2:]
    )


def batches_broadcast(op: Op, graph: Graph) -> bool:
    """Batches must broadcast to the output's, in at most three dimensions."""
    wanted = result(op, graph).shape[:-2]
    given = [graph.tensor(i).shape[:-2] for i in op.inputs]
    if len(wanted) > BATCH_AXES or any(len(g) > len(wanted) for g in given):
        return False
    padded = [(1,) * (len(wanted) - len(g)) + g for g in given]
    return all(
        max(sizes) == whole and all(size in (1, whole) for size in sizes)
        for *sizes, whole in zip(*padded, wanted, strict=True)
    )


def lower_batch_matmul(op: Op, context: Context) -> LoweredOp:
    """Lower a batch of products."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    name = naming.function_name(op, context.graph)
    a_steps = _matrix_strides(a, swapped=bool(op.options["adj_x"]))
    b_steps = _matrix_strides(b, swapped=bool(op.options["adj_y"]))
    rows, columns = target.shape[-2:]
    scaling = tensor_multiplier(a, b, target)
    batch = (1,) * (BATCH_AXES - len(target.shape[:-2])) + target.shape[:-2]
    members = [
        _braced(batch), rows, columns, inner_size(op, a),
        _braced(_batch_strides(a)), *a_steps, learned(a.zero_point),
        _braced(_batch_strides(b)), b_steps[1], b_steps[0], learned(b.zero_point),
        *learned_all((scaling.value, scaling.shift, target.zero_point)),
    ]  # fmt: skip
    arrays, texts, inputs = _operands((a, b), name)
    return LoweredOp(
        op,
        name,
        inputs,
        op.outputs,
        body=(f"ef_batch_matmul<{_scale(op, a)}>({name}_sizes, {texts[0]}, {texts[1]}, $out0);",),
        runtime=("unroll", "words", "dsp", "sums", "batch_matmul"),
        arrays=arrays,
        globals=(f"constexpr EfMatrices {name}_sizes = {{{', '.join(map(str, members))}}};",),
    )


def _lower_real(op: Op, context: Context) -> LoweredOp:
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    name = naming.function_name(op, context.graph)
    a_steps = _matrix_strides(a, swapped=bool(op.options["adj_x"]))
    b_steps = _matrix_strides(b, swapped=bool(op.options["adj_y"]))
    batch = (1,) * (BATCH_AXES - len(target.shape[:-2])) + target.shape[:-2]
    members = [
        _braced(batch), *target.shape[-2:], inner_size(op, a),
        _braced(_batch_strides(a)), *a_steps,
        _braced(_batch_strides(b)), b_steps[1], b_steps[0],
    ]  # fmt: skip
    arrays, texts, inputs = _operands((a, b), name, "float")
    return LoweredOp(
        op,
        name,
        inputs,
        op.outputs,
        body=(f"ef_matrices_real({name}_sizes, {texts[0]}, {texts[1]}, $out0);",),
        runtime=("real", "matrices_real"),
        arrays=arrays,
        globals=(f"constexpr EfMatricesReal {name}_sizes = {{{', '.join(map(str, members))}}};",),
    )


def _scale(op: Op, a: Tensor) -> str:
    """Name the function that scales sums: the faster one takes those below 2^30."""
    return "ef_scale_small" if inner_size(op, a) << 16 < 1 << 30 else "ef_scale"


def inner_size(op: Op, a: Tensor) -> int:
    """Length of the sums."""
    return a.shape[-2] if op.options["adj_x"] else a.shape[-1]


def _matrix_strides(tensor: Tensor, *, swapped: bool) -> tuple[int, int]:
    """Distance of neighbours along the first and the second matrix axis, as they are meant."""
    steps = strides(tensor.shape)[-2:]
    return (steps[1], steps[0]) if swapped else (steps[0], steps[1])


def _batch_strides(tensor: Tensor) -> list[int]:
    steps = [
        0 if size == 1 else step
        for size, step in zip(tensor.shape[:-2], strides(tensor.shape), strict=False)
    ]
    return [0] * (BATCH_AXES - len(steps)) + steps


def _operands(
    operands: Sequence[Tensor], name: str, ctype: str = "int8_t"
) -> tuple[tuple[Array, ...], list[str], tuple[int, ...]]:
    arrays: list[Array] = []
    texts: list[str] = []
    inputs: list[int] = []
    for side, operand in zip("ab", operands, strict=True):
        if operand.data is None:
            texts.append(f"$in{len(inputs)}")
            inputs.append(operand.index)
        else:
            texts.append(f"{name}_{side}")
            arrays.append(constant(texts[-1], ctype, operand.array().reshape(-1)))
    return tuple(arrays), texts, tuple(inputs)


def _braced(values: Sequence[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"


def join_products(graph: Graph) -> Graph:
    """Write a FULLY_CONNECTED whose weights are computed as the product of matrices that it is.

    A converter writes a product of activations of two dimensions so, as attention without heads has
    it. One with a bias or an activation stays as it is.
    """
    return graph.with_ops(
        tuple(_as_product(op) if _multiplies_activations(op, graph) else op for op in graph.ops)
    )


def _multiplies_activations(op: Op, graph: Graph) -> bool:
    if op.kind != "FULLY_CONNECTED" or len(op.inputs) not in (2, 3) or ABSENT in op.inputs[:2]:
        return False
    plain = op.inputs[2:] in ((), (ABSENT,)) and op.options.get("activation", 0) == 0
    return plain and graph.tensor(op.inputs[1]).data is None


def _as_product(op: Op) -> Op:
    return replace(op, kind="BATCH_MATMUL", inputs=op.inputs[:2], options=_TRANSPOSED)


OPDEFS: Final = (
    OpDef(
        "BATCH_MATMUL",
        constraints=(
            two_inputs,
            operands_are_int8,
            an_operand_is_computed,
            matrices_fit,
            batches_broadcast,
        ),
        lower=lower_batch_matmul,
        headers=("batch_matmul", "matrices_real"),
        options=(101, (("adj_x", 0, "bool", False), ("adj_y", 1, "bool", False))),
        resolver="AddBatchMatMul",
        real=RealForm(
            (
                two_inputs,
                operands_are_real,
                an_operand_is_computed,
                matrices_fit,
                batches_broadcast,
            ),
            _lower_real,
        ),
    ),
)
