"""What a build chooses, and not the model: size or speed, where weights lie, whose arithmetic, and
how the code stands in the firmware around it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Recipe(StrEnum):
    """`size` shares every kernel, `balanced` is the default, `speed` specialises each operator."""

    SIZE = "size"
    BALANCED = "balanced"
    SPEED = "speed"

    @property
    def cflags(self) -> tuple[str, ...]:
        """Optimisation flags that the toolchain must use for `model.cc`."""
        return (_OPTIMISATION[self], "-ffreestanding", "-fno-builtin", "-fno-unroll-loops")


class Weights(StrEnum):
    """Where a build has its weights.

    `together`: in the code, which is made for them. `apart`: in a section of their own that any
    training of the same network can fill, with code that does not depend on it.
    """

    TOGETHER = "together"
    APART = "apart"


class Arithmetic(StrEnum):
    """Whose integers a build computes where TFLM leaves the real numbers further than by rounding.

    `refuse`: none, the build says so and stops. `tflm`: TFLM's all the same. `litert`: those of
    LiteRT's reference kernels, in the operators where they differ.
    """

    REFUSE = "refuse"
    TFLM = "tflm"
    LITERT = "litert"


@dataclass(frozen=True)
class Embedding:
    """How the code stands in a firmware; what is not asked for leaves no trace in the text.

    `instance`: the caller gives the model's state and arena with every call. `hook`: a function of
    the firmware is called between operators. `shared_kernels`: kernels that several models have in
    common are linked once. `placed_weights`: the address of weights apart is given when the program
    runs. `kept_inputs`: a run leaves its inputs as they were.
    """

    instance: bool = False
    hook: bool = False
    shared_kernels: bool = False
    placed_weights: bool = False
    kept_inputs: bool = False

    @property
    def plain(self) -> bool:
        """Whether the four functions are as loaders and tables call them."""
        return not (self.instance or self.placed_weights)


STANDALONE = Embedding()
_OPTIMISATION = {Recipe.SIZE: "-Os", Recipe.BALANCED: "-O2", Recipe.SPEED: "-O3"}
