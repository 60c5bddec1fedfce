"""The shape of a result from the shapes of what goes in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from builds.compiler.graph import Op, Tensor

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Shapes:
    """What an operator makes of shapes, as far as it is worked out.

    `of` is the result's shape, which is checked; operators that move elements have theirs checked
    by their constraints instead. `carried` corrects a size that a file leaves open, where one of
    the operands was corrected; `opened` does so whatever the operands were. Both give None where
    they cannot say.
    """

    of: Callable[[Op, Sequence[Tensor], Tensor], Shape] | None = None
    carried: Callable[[Op, Sequence[Tensor], Tensor], Shape | None] | None = None
    opened: Callable[[Op, Sequence[Tensor]], Shape | None] | None = None


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """Give the shape of all together; whether they fit is for the checks to judge."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    return tuple(max(sizes) for sizes in zip(*padded, strict=True))


def element_by_element(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape:
    """Give the shape of operands that are broadcast, or of the only one."""
    return broadcast([t.shape for t in inputs])


def batch_carried(op: Op, inputs: Sequence[Tensor], target: Tensor) -> Shape | None:
    """Take the batch size from the first operand and the rest as the file has it."""
    return (inputs[0].shape[0], *target.shape[1:]) if target.shape else None


BROADCAST: Final = Shapes(of=element_by_element, carried=element_by_element)
