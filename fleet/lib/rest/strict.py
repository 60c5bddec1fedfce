"""The base of every serializer of input: what is sent must be what is meant.

Guarantees: an unknown member is refused, and so is a value of another JSON type than the document
says (`"1"` is not a number, 1 is not a text), a float that is none, and a whole number that no
column holds. Where a word is near to a known one, the refusal names it.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rest_framework import serializers
from rest_framework.fields import Field

from fleet.lib.errors import Refused
from fleet.lib.rest.hints import did_you_mean, shown
from fleet.lib.text import strict_json

FROM_JSON: Final = "from_json"  # in a serializer's context: values have types of their own
# The first that fits counts: DRF's RegexField is a CharField.
TYPES: Final[tuple[tuple[type[Field[Any, Any, Any, Any]], tuple[type, ...], str], ...]] = (
    (serializers.BooleanField, (bool,), "true or false"),
    (serializers.IntegerField, (int,), "a whole number"),
    (serializers.FloatField, (int, float), "a number"),
    (serializers.CharField, (str,), "a text"),
    (serializers.ChoiceField, (str,), "a text"),
    (serializers.ListField, (list,), "a list"),
    (serializers.DictField, (dict,), "an object"),
)


class StrictIn(serializers.Serializer[Any]):
    """Input that is refused unless every member is known and of its own type."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the checked members. Raises ValidationError with all that is wrong."""
        if isinstance(data, Mapping):
            self._refuse(dict(self._faults(data)))
        try:
            found: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(self._hinted(error.detail, data)) from error
        self._refuse(dict.fromkeys(_not_finite(found), "must be a finite number."))
        return found

    def _faults(self, data: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
        known = {name for name, field in self.fields.items() if not field.read_only}
        for name in data:
            if name not in known:
                said = f"There is no {shown(name)} here.{did_you_mean(str(name), sorted(known))}"
                yield str(name), said
            elif wrong := self._mistyped(self.fields[name], data[name]):
                yield str(name), wrong

    def _mistyped(self, field: Field[Any, Any, Any, Any], value: Any) -> str | None:
        if not self.context.get(FROM_JSON) or value is None:
            return None
        for kind, types, said in TYPES:
            if isinstance(field, kind):
                fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
                if not fits:
                    return f"must be {said}."
                break
        child = getattr(field, "child", None)
        if child is None or not isinstance(value, list):
            return None
        return next(filter(None, (self._mistyped(child, one) for one in value)), None)

    def _hinted(self, detail: Any, data: Any) -> Any:
        for name, messages in detail.items() if isinstance(detail, dict) else ():
            field = self.fields.get(name)
            if isinstance(field, serializers.ChoiceField) and isinstance(data.get(name), str):
                wrong = data[name]
                hint = did_you_mean(wrong, field.choices)
                detail[name] = [
                    f"{shown(wrong)} is not known.{hint}" if one.code == "invalid_choice" else one
                    for one in messages
                ]
        return detail

    @staticmethod
    def _refuse(faults: dict[str, str]) -> None:
        if faults:
            raise serializers.ValidationError({name: [said] for name, said in faults.items()})


class JsonIn(serializers.JSONField):
    """A JSON document inside a body, or as the text of a form's field; as strict as a body."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the document. Raises ValidationError."""
        if not isinstance(data, str) or self.context.get(FROM_JSON):
            return data
        try:
            return strict_json.parse(data, at=self.field_name or "body")
        except Refused as error:
            raise serializers.ValidationError(error.message) from error


def _not_finite(found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, float) and not math.isfinite(value):
            yield name
