"""What drift tests draw: pairs of count rows, and samples of known distributions."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

EDGES = tuple(float(edge) for edge in np.linspace(-2, 2, 15))

rows = st.integers(2, 20).flatmap(
    lambda bins: st.tuples(
        st.lists(st.integers(0, 2000), min_size=bins, max_size=bins),
        st.lists(st.integers(0, 2000), min_size=bins, max_size=bins),
    )
)


def generator(seed: int = 7) -> np.random.Generator:
    """Randomness that every run repeats."""
    return np.random.default_rng(seed)


def multinomial(
    random: np.random.Generator, samples: int, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One window of counts."""
    return random.multinomial(samples, shares).astype(np.float64)
