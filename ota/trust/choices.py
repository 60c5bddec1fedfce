"""The address under which migrations know the words of signing requests."""

from ota.choices import RequestKind, RequestState

__all__ = ["RequestKind", "RequestState"]
