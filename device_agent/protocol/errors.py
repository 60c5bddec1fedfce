"""The one error of the protocol: what arrived cannot be understood or must not be accepted."""


class ProtocolError(ValueError):
    """Something from the other side was refused; the text says what and why."""


class SignatureRefused(ProtocolError):
    """A signed document was not signed by a key that is trusted for it."""


class QuotaExceeded(ProtocolError):
    """Well formed, and more than one message may hold."""
