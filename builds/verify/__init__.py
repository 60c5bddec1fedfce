"""Proof by running.

The model in its reference interpreter against the generated code, byte for byte.
"""

from builds.verify.errors import EngineAborted, EngineFailed, EngineUnavailable, VerifyError
from builds.verify.interface import Interface, TensorSlot, interface_of
from builds.verify.proof import Proof, prove
from builds.verify.reals import reals_json
from builds.verify.seen import Seen, see
from builds.verify.vectors import golden_inputs

__all__ = [
    "EngineAborted",
    "EngineFailed",
    "EngineUnavailable",
    "Interface",
    "Proof",
    "Seen",
    "TensorSlot",
    "VerifyError",
    "golden_inputs",
    "interface_of",
    "prove",
    "reals_json",
    "see",
]
