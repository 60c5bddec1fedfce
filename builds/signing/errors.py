"""What can go wrong with keys and signatures, each as one sentence that says what to do."""


class SigningError(Exception):
    """Base of all that this package raises."""


class KeyUnusable(SigningError):
    """The key is missing, unreadable, unsafe or of the wrong kind: the operator has to act."""


class BadSignature(SigningError):
    """The document does not verify with the keys that were offered: do not use it."""


class SigningBusy(SigningError):
    """Another process holds the keys just now: try again soon."""
