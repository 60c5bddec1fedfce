"""Small models of SQUARED_DIFFERENCE."""

from tests.builds.compiler.operators.factories import arithmetic


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return arithmetic("SQUARED_DIFFERENCE", int16=False)
