"""Small models of SQUARE, CEIL, FLOOR, ROUND, SIN and COS, which are of float32 only."""

from tests.builds.compiler.real_networks import functions


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {"float32": functions()}
