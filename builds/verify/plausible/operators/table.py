"""What the real numbers say of each operator, collected from the files beside this one."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from builds.verify.plausible import operators
from builds.verify.plausible.case import Evaluate

# They carry values between a graph, its loops and its variables, and compute none.
CARRIERS: Final = frozenset(
    {"ASSIGN_VARIABLE", "CALL_ONCE", "IF", "READ_VARIABLE", "SHAPE", "VAR_HANDLE", "WHILE"}
)


def _collected() -> dict[str, Evaluate]:
    """Join the `EVALUATORS` of every file. Raises ValueError when two have one operator."""
    found: dict[str, Evaluate] = {}
    for file in sorted(iter_modules(operators.__path__), key=lambda module: module.name):
        module = import_module(f"{operators.__name__}.{file.name}")
        evaluators: Mapping[str, Evaluate] = getattr(module, "EVALUATORS", {})
        if twice := found.keys() & evaluators.keys():
            raise ValueError(f"{min(twice)} is judged in two files; remove one of the two.")
        found |= evaluators
    return dict(sorted(found.items()))


EVALUATORS: Final[Mapping[str, Evaluate]] = _collected()
