"""Small models of ADD."""

from tests.builds.compiler.operators.factories import arithmetic


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return arithmetic("ADD")
