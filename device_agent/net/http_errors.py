"""What an HTTP answer means: the value that was asked for, later, or no."""

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from device_agent.errors import Rejected, ServiceUnreachable
from device_agent.net.backoff import parse_retry_after
from device_agent.protocol import ddi, instruction
from device_agent.protocol.canonical import parse_json
from device_agent.protocol.errors import ProtocolError

LATER = frozenset({408, 425, 429})

T = TypeVar("T")


def refuse(
    status: int, headers: Mapping[str, str], url: str, body: bytes, *, wall: float
) -> NoReturn:
    """Raise what an unwanted status means: try later, or no."""
    if status >= 500 or status in LATER or status < 400:
        after = parse_retry_after(headers.get("retry-after"), wall=wall)
        raise ServiceUnreachable(f"{url} answered with status {status}.", retry_after=after)
    raise Rejected(status, f"{url} answered with status {status}{_sentence(body)}.")


def _sentence(body: bytes) -> str:
    try:
        value = parse_json(body, limit_bytes=ddi.BODY_LIMIT, what="The problem")
    except ProtocolError:
        return ""
    detail = value.get("detail") if isinstance(value, dict) else None
    return f": {detail[:200].rstrip('.')}" if isinstance(detail, str) else ""


def parsed(
    body: bytes,
    parse: Callable[[object], T],
    url: str,
    *,
    limit: int = instruction.DOCUMENT_LIMIT,
) -> T:
    """Return the value in an answer; an answer of another kind is none."""
    try:
        value = parse_json(body, limit_bytes=limit, what="The answer")
        return parse(value)
    except ProtocolError as error:
        raise ServiceUnreachable(f"{url} did not answer as the service would: {error}") from error
