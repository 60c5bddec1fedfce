"""One sentence from an error answer: RFC 9457 where the service speaks it. Pure."""

from typing import Any, Final

SENTENCE_MAX: Final = 500  # characters
PHRASES: Final = {
    401: "The token is missing, expired or revoked: run `edgefleet login` again.",
    404: "There is nothing here; is the address of the service right?",
    413: "The service takes no body of this size.",
}


def sentence(status: int, body: Any) -> str:
    """Return what went wrong, in one sentence, never longer than `SENTENCE_MAX`."""
    detail = body.get("detail") if isinstance(body, dict) else None
    text = detail if isinstance(detail, str) and detail.strip() else PHRASES.get(status)
    text = text or f"The service answered with status {status}."
    return " ".join(text.split())[:SENTENCE_MAX]


def code(body: Any) -> str:
    """Return the stable word of the problem, or nothing."""
    found = body.get("code") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""
