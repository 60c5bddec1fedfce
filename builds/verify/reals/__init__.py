"""Real numbers in a proof: with whose functions they are computed, and how they are compared."""

from builds.verify.reals.compared import (
    RealProof,
    are_numbers,
    canonical,
    real_proof,
    reals_json,
)
from builds.verify.reals.function_object import (
    LIBRARY,
    function_library,
    library_source,
    own_functions,
)

__all__ = [
    "LIBRARY",
    "RealProof",
    "are_numbers",
    "canonical",
    "function_library",
    "library_source",
    "own_functions",
    "real_proof",
    "reals_json",
]
