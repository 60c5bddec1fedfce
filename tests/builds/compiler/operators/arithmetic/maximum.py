"""Small models of MAXIMUM and MINIMUM."""

from tests.builds.compiler.operators.factories import arithmetic


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    return {
        f"{kind} of {name}": model
        for kind in ("MAXIMUM", "MINIMUM")
        for name, model in arithmetic(kind).items()
    }
