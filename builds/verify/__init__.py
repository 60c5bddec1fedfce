"""Proof by running.

The model in its reference interpreter against the generated code, byte for byte.
"""

from builds.verify.errors import EngineFailed, EngineUnavailable, VerifyError
from builds.verify.interface import Interface, Slot, interface_of
from builds.verify.proof import Proof, prove
from builds.verify.seen import Seen
from builds.verify.vectors import golden_inputs

__all__ = [
    "EngineFailed",
    "EngineUnavailable",
    "Interface",
    "Proof",
    "Seen",
    "Slot",
    "VerifyError",
    "golden_inputs",
    "interface_of",
    "prove",
]
