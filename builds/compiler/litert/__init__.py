"""LiteRT's arithmetic for operators in which TFLM's differs, by operators that both compute alike.

Guarantees: the file that comes out means to TFLM what the one that went in means to LiteRT's
reference kernels, in the operators that are named; all else stays, byte for byte.
"""

from builds.compiler.litert.rewrite import CHANGED, Rewritten, as_litert

__all__ = ["CHANGED", "Rewritten", "as_litert"]
