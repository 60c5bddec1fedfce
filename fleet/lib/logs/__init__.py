"""What is known while a request or a task runs, and so stands in each of its log lines.

Guarantees: each thread of work knows its own; what was bound inside is forgotten outside; an id
that a caller brings is taken only if it is short and plain.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings

from device_agent.protocol.logline import LineFormatter

ID_BYTES: Final = 10
PLAIN_ID: Final = re.compile(r"[\w.-]{8,64}", re.ASCII)

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})

_known: ContextVar[Mapping[str, object]] = ContextVar("known", default=NOTHING)


def bind(**fields: object) -> Token[Mapping[str, object]]:
    """Know these fields as well, until `unbind`."""
    return _known.set({**_known.get(), **fields})


def unbind(token: Token[Mapping[str, object]]) -> None:
    """Know again what was known before `bind`."""
    _known.reset(token)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Know these fields as well, inside the block."""
    token = bind(**fields)
    try:
        yield
    finally:
        unbind(token)


def request_id() -> str:
    """Return the id of the request that this work belongs to; empty outside of one."""
    return str(_known.get().get("request_id", ""))


def new_id(brought: str = "") -> str:
    """Return the id that a caller brings, or a new one."""
    return brought if PLAIN_ID.fullmatch(brought) else secrets.token_hex(ID_BYTES)


def formatter(form: str) -> LineFormatter:
    """Return the formatter of `settings.LOGGING`."""
    return LineFormatter(form, _fields)


def _fields() -> dict[str, Any]:
    return {"process": settings.EDGEFLEET_PROCESS, **_known.get()}
