"""The OpenAPI document, from what the views themselves check."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from fleet.lib.rest.refusals import ONLY_SOME, ONLY_WRITING, REFUSALS
from fleet.lib.rest.takes import body_of


class StrictSchema(AutoSchema):
    """Bodies and parameters as declared by `takes`, and every refusal."""

    def get_request_serializer(self) -> Any:
        """Return the body's serializer."""
        return body_of(self._handler())

    def get_override_parameters(self) -> list[Any]:
        """Return the query's serializer and the headers that the handler honours."""
        handler = self._handler()
        shape = getattr(self.view, "shape_of_query", lambda _: None)(handler)
        return [*([shape] if shape else []), *_headers(handler)]

    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower(), None)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        named = frozenset(getattr(self.view, "more_refusals", ()))
        reads = self.method in {"GET", "HEAD"}
        unsaid = ONLY_SOME - named
        if reads:
            unsaid |= ONLY_WRITING - frozenset(getattr(self.view, "reading_refusals", ()))
        for status in REFUSALS:
            if status not in unsaid:
                bodies.setdefault(status, {"$ref": f"#/components/responses/Refused{status}"})
        return bodies


class StrictInExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says `additionalProperties: false` of all that goes in."""

    target_class = "fleet.lib.rest.strict.StrictIn"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        """Return the schema of an input."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - as documented
        return found | {"additionalProperties": False}


def any_value_may_be_null(result: Any, **_: Any) -> Any:
    """Say `{}` where the document says "anything, or else null": null is both, and so neither."""
    if isinstance(result, list):
        return [any_value_may_be_null(one) for one in result]
    if not isinstance(result, dict):
        return result
    said = {name: any_value_may_be_null(value) for name, value in result.items()}
    if {} in said.get("oneOf", ()):
        del said["oneOf"]
    return said


def _headers(handler: Any) -> Iterator[OpenApiParameter]:
    def header(name: str, said: str) -> OpenApiParameter:
        return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=said)

    if getattr(handler, "idempotent", False):
        yield header("Idempotency-Key", "Sent twice with one key, a call happens once.")
    if getattr(handler, "conditional", False):
        yield header("If-Match", "The ETag of what is changed, as it was read.")
