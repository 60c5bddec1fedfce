"""The declaration of an operator: all that the compiler knows of it, in one object."""

from collections.abc import Callable
from dataclasses import dataclass, field

from builds.compiler.graph import Graph, Op
from builds.compiler.graph.opcodes import Field
from builds.compiler.operators.common.checks import Constraint
from builds.compiler.operators.common.lowered_op import Lower
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.shapes import Shapes

Options = tuple[int, tuple[Field, ...]]


@dataclass(frozen=True)
class OpDef:
    """One operator.

    `constraints` are functions whose docstrings are the sentences of refusals and of the manual's
    page; they are asked in this order, and a later one may rely on those before it. `lower` is None
    for what a pass removes. `headers` are the C++ files that a lowered operator may name, beside
    those of `common`; a loop that each family of processors has is named once (`columns` for
    `dsp/columns.h` and the others). `options` are the number of its table in the schema's union and
    the fields that are read. `macs` counts multiply-accumulates. `function_of` is 1 or 2 where each
    element of the result depends on one element of so many operands. `resolver` is the function
    that registers it in TFLM, empty when the name follows from the operator's, None when TFLM has
    none. `note` is a line for the manual's page. `in_files` is False for what only passes make.
    `real` takes the place of constraints and lowering where the result is float32.
    """

    name: str
    constraints: tuple[Constraint, ...]
    lower: Lower | None
    headers: tuple[str, ...] = ()
    options: Options | None = None
    shape: Shapes = field(default_factory=Shapes)
    macs: Callable[[Op, Graph], int] | None = None
    function_of: int = 0
    resolver: str | None = ""
    note: str = ""
    in_files: bool = True
    real: RealForm | None = None

    @property
    def resolver_function(self) -> str | None:
        """The function of TFLM's `MicroMutableOpResolver`; None when TFLM has no such operator."""
        if self.resolver == "":
            return "Add" + "".join(part.capitalize() for part in self.name.split("_"))
        return self.resolver
