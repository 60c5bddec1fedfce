"""The resolver's table of operators that the compiler lacks holds none that it has."""

from builds.compiler.operators.table import SUPPORTED
from builds.export.resolver import OTHERS


def test_none_of_the_others_is_declared() -> None:
    declared = {name for name, opdef in SUPPORTED.items() if opdef.resolver_function}
    assert OTHERS.keys() & declared == set()
