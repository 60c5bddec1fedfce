"""Small models of MUL."""

from tests.builds.compiler.operators.factories import arithmetic


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return arithmetic("MUL")
