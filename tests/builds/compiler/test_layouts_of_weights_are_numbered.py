"""Code in the field must refuse weights that a newer compiler laid out in another way.

When one of these digests changes and its ABI does not, raise `LAYOUT` in `emit/abi.py`: the ABI
changes with it. Then write down the new pair here.
"""

import hashlib
from pathlib import Path

import pytest

from builds.compiler.emit.weights import HEADER_BYTES
from tests.builds.compiler.trainings import compiled_apart

KWS = Path(__file__).parents[4] / "shared" / "models" / "kws_ref_model.tflite"
KNOWN = {  # target: the beginning of the ABI, and of the SHA-256 of all fields
    "cortex-m4f": ("63cfaf20e55da8b4", "0d12a5e96805cdfb"),
    "cortex-m0plus": ("69c0ae883a8bad3a", "a7fd34460021de28"),
    "rv32imc": ("88c9db613b3502c6", "90738e8d9d5c5ad7"),
}
ANOTHER = "the fields changed: is the ABI another one too? See this test's first lines"


@pytest.mark.skipif(not KWS.exists(), reason="the shared models are not beside the project")
@pytest.mark.parametrize("target", sorted(KNOWN))
def test_the_same_abi_means_the_same_fields(target: str) -> None:
    made = compiled_apart(KWS.read_bytes(), target)
    fields = hashlib.sha256(made.weights[HEADER_BYTES:]).hexdigest()
    assert (made.abi[:16], fields[:16]) == KNOWN[target], ANOTHER
