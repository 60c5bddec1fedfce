"""What can go wrong when a tool is run.

Each class is one kind of fault, each message one sentence.
"""


class ToolchainError(Exception):
    """Root of everything this package raises on purpose."""


class ToolMissing(ToolchainError):
    """A program or package that the step needs is not installed."""


class ToolFailed(ToolchainError):
    """The program ran and said no; the message carries the first lines it printed."""


class ToolTimeout(ToolchainError):
    """The program did not finish before its deadline and was killed."""


class BadObject(ToolchainError):
    """A file that should be an ELF file breaks the format."""
