"""What a handler of a view takes: declared beside it, checked before it, and in the document."""

from collections.abc import Callable
from typing import Any, TypeVar

from fleet.lib.rest.strict import StrictIn

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])
Shape = type[StrictIn] | None


def takes(body: Shape = None, *, query: Shape = None) -> Callable[[HandlerT], HandlerT]:
    """Declare the body and the parameters of a handler; without one, there may be none.

    The view has them checked as `self.given` and `self.asked` before the handler runs.
    """

    def declare(handler: HandlerT) -> HandlerT:
        handler.takes_body = body  # type: ignore[attr-defined]
        handler.takes_query = query  # type: ignore[attr-defined]
        return handler

    return declare


def body_of(handler: Any) -> Shape:
    """Return the serializer of a handler's body, or None."""
    return getattr(handler, "takes_body", None)


def query_of(handler: Any) -> Shape:
    """Return the serializer of a handler's parameters, or None."""
    return getattr(handler, "takes_query", None)
