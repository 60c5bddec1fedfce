"""Words of signing requests."""

from enum import StrEnum


class RequestKind(StrEnum):
    """What the repository should do with a release."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


class RequestState(StrEnum):
    """What the signer has made of a request."""

    PENDING = "pending"
    SIGNED = "signed"
    REFUSED = "refused"
