"""Every way in which the compiler says no. Each error is one sentence.

What, where, and what would help.
"""


class CompileError(Exception):
    """A model that cannot become firmware; its text is shown to people as it is."""


class BadModel(CompileError):
    """The file is not a well-formed `.tflite` model."""


class Unsupported(CompileError):
    """The model is well-formed, and uses something that the compiler does not do."""


class BrokenPass(CompileError):
    """The compiler itself made a graph that cannot be right; nothing is compiled from it."""


class DoesNotFit(CompileError):
    """The compiled model needs more memory than the target has."""


class OtherAbi(CompileError):
    """The weights do not fit the code that they were meant for."""
