"""Why an engine gave no outputs: it is not here, or it ran and failed."""


class VerifyError(Exception):
    """Root of what this package raises on purpose."""


class EngineUnavailable(VerifyError):
    """The engine cannot run on this machine; the message names what is missing."""


class EngineFailed(VerifyError):
    """The engine ran the model and broke: a crash, a fault, a refusal or a deadline."""


class EngineAborted(EngineFailed):
    """The engine ended itself by a check of its own (SIGABRT)."""


class BadVectors(VerifyError):
    """Somebody asked for a number of vectors that no proof can have."""
