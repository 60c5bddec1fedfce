"""BATCH_MATMUL: transposed and broadcast operands are a matter of strides."""

from collections.abc import Sequence

from builds.compiler.arithmetic.multiplier import tensor_multiplier
from builds.compiler.graph import Op, Tensor
from builds.compiler.kernels.lowering import naming
from builds.compiler.kernels.lowering.blocks import strides
from builds.compiler.kernels.lowering.step import Array, Context, Step, constant
from builds.compiler.kernels.lowering.trained import trained, trained_all

BATCH_AXES = 3


def lower_batch_matmul(op: Op, context: Context) -> Step:
    """Turn a batch of products into a step."""
    a, b, target = context.input(op, 0), context.input(op, 1), context.output(op)
    name = naming.step_name(op, context.graph)
    a_steps = _matrix_strides(a, swapped=bool(op.options["adj_x"]))
    b_steps = _matrix_strides(b, swapped=bool(op.options["adj_y"]))
    rows, columns = target.shape[-2:]
    scaling = tensor_multiplier(a, b, target)
    batch = (1,) * (BATCH_AXES - len(target.shape[:-2])) + target.shape[:-2]
    members = [
        _braced(batch), rows, columns, inner_size(op, a),
        _braced(_batch_strides(a)), *a_steps, trained(a.zero_point),
        _braced(_batch_strides(b)), b_steps[1], b_steps[0], trained(b.zero_point),
        *trained_all((scaling.value, scaling.shift, target.zero_point)),
    ]  # fmt: skip
    arrays, texts, inputs = _operands((a, b), name)
    return Step(
        op,
        name,
        inputs,
        op.outputs,
        body=(f"ef_batch_matmul<{_scale(op, a)}>({name}_sizes, {texts[0]}, {texts[1]}, $out0);",),
        runtime=("unroll", "words", "dsp", "sums", "batch_matmul"),
        arrays=arrays,
        globals=(f"constexpr EfMatrices {name}_sizes = {{{', '.join(map(str, members))}}};",),
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
    operands: Sequence[Tensor], name: str
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
            arrays.append(constant(texts[-1], "int8_t", operand.array().reshape(-1)))
    return tuple(arrays), texts, tuple(inputs)


def _braced(values: Sequence[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"
