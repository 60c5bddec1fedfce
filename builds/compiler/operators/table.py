"""The tables of operators, collected from their declarations: no list is kept by hand.

Every file in a room of this folder that has `OPDEFS` is found; the order is that of the names, so
equal trees give equal tables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from types import ModuleType
from typing import Final

from builds.compiler import operators
from builds.compiler.graph import Graph, Op
from builds.compiler.graph.opcodes import CONTROL_OPTIONS
from builds.compiler.operators.common.checks import Constraint
from builds.compiler.operators.common.lowered_op import Context, Lower, LoweredOp
from builds.compiler.operators.common.real.form import RealForm
from builds.compiler.operators.opdef import OpDef, Options


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import every file of the package's rooms."""
    for room in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        if room.ispkg:
            inside = import_module(f"{package.__name__}.{room.name}")
            for found in walk_packages(inside.__path__, f"{inside.__name__}."):
                yield import_module(found.name)


def declared(modules: Iterator[ModuleType]) -> tuple[dict[str, OpDef], dict[str, str]]:
    """Give each operator's declaration, and the module that has it.

    Raises ValueError when two files declare one operator.
    """
    opdefs: dict[str, OpDef] = {}
    homes: dict[str, str] = {}
    for module in modules:
        declarations: Sequence[OpDef] = getattr(module, "OPDEFS", ())
        for opdef in declarations:
            if opdef.name in homes:
                raise ValueError(
                    f"{opdef.name} is declared in {homes[opdef.name]} and {module.__name__}; "
                    "remove one of the two."
                )
            opdefs[opdef.name], homes[opdef.name] = opdef, module.__name__
    return dict(sorted(opdefs.items())), dict(sorted(homes.items()))


_DECLARED = declared(_modules(operators))
OPDEFS: Final[Mapping[str, OpDef]] = _DECLARED[0]
HOMES: Final[Mapping[str, str]] = _DECLARED[1]
"""The module that declares each operator."""
SUPPORTED: Final[Mapping[str, OpDef]] = {
    name: opdef for name, opdef in OPDEFS.items() if opdef.in_files
}
"""The operators that a file may have."""
CONSTRAINTS: Final[Mapping[str, tuple[Constraint, ...]]] = {
    name: opdef.constraints for name, opdef in SUPPORTED.items()
}
MADE: Final = frozenset(OPDEFS) - frozenset(SUPPORTED)
"""Kinds that no file has, because passes make them."""


def real_form(op: Op, graph: Graph) -> RealForm | None:
    """Give how an operator is computed in float32; None where it is not, or as integers are."""
    opdef = OPDEFS.get(op.kind)
    if opdef is None or opdef.real is None or not op.outputs:
        return None
    return opdef.real if graph.tensor(op.outputs[0]).dtype == "float32" else None


def constraints_of(op: Op, graph: Graph) -> tuple[Constraint, ...] | None:
    """Give what is asked of an operator; None where no file may have it."""
    form = real_form(op, graph)
    return form.constraints if form else CONSTRAINTS.get(op.kind)


def _lowering(lower: Lower) -> Lower:
    """Lower to real numbers what has a form in them, and all else as before."""

    def lowered(op: Op, context: Context) -> LoweredOp:
        form = real_form(op, context.graph)
        return form.lower(op, context) if form else lower(op, context)

    return lowered


LOWERING_TABLE: Final[Mapping[str, Lower]] = {
    name: _lowering(opdef.lower) if opdef.real else opdef.lower
    for name, opdef in OPDEFS.items()
    if opdef.lower is not None
}
REMOVED: Final = frozenset(OPDEFS) - frozenset(LOWERING_TABLE)
"""Kinds that only rename a shape: a pass removes them."""
OPTIONS: Final[Mapping[str, Options]] = {
    **CONTROL_OPTIONS,
    **{name: opdef.options for name, opdef in OPDEFS.items() if opdef.options is not None},
}
"""Per operator: the number of its options table in the union, and the fields that are read."""
_MACS: Final[Mapping[str, Callable[[Op, Graph], int]]] = {
    name: opdef.macs for name, opdef in OPDEFS.items() if opdef.macs is not None
}


def macs_of(op: Op, graph: Graph) -> int:
    """Count an operator's multiply-accumulates as its file has it; what is removed counts too."""
    return _MACS[op.kind](op, graph) if op.kind in _MACS else 0
