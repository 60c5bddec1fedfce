"""What every endpoint may refuse with, as components of the OpenAPI document. Data only."""

from typing import Any, Final

PROBLEM_JSON: Final = "application/problem+json"
_TEXTS: Final = ("type", "title", "detail", "code")
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Problem details (RFC 9457); `code` is a stable word for programs.",
    "properties": {name: {"type": "string"} for name in _TEXTS} | {"status": {"type": "integer"}},
    "required": ["type", "title", "status", "detail", "code"],
}
REFUSALS: Final = {
    "400": "What was sent is wrong; `fields` says where.",
    "401": "The credential is missing, wrong, expired or revoked.",
    "403": "The caller may not do this.",
    "404": "There is no such thing.",
    "406": "Only JSON is answered.",
    "409": "The state of the thing does not allow this.",
    "410": "It was deleted; `deleted_at`, `deleted_by` and `deleted_because` tell of it.",
    "412": "A condition (If-Match, If-None-Match) does not hold.",
    "413": "The body is too large.",
    "415": "The body is of another media type.",
    "422": "Well-formed, and still impossible.",
    "428": "This is done with If-Match only.",
    "429": "Too many requests; Retry-After says when to come back.",
    "503": "A part that this needs does not answer now.",
}
# Said of views that name them as `more_refusals` alone.
ONLY_SOME: Final = frozenset({"410", "428"})
# Said of reads only by views that name them as `reading_refusals`.
ONLY_WRITING: Final = frozenset({"409", "412", "413", "415", "422", "428"})
COMPONENTS: Final[dict[str, Any]] = {
    "schemas": {"Problem": PROBLEM},
    "responses": {
        f"Refused{status}": {
            "description": said,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, said in REFUSALS.items()
    },
}
