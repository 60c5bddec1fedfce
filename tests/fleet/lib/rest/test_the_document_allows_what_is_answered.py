"""The OpenAPI document allows every value that a row may hold."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from rest_framework import serializers

import fleet.urls  # noqa: F401 - loads every serializer
from fleet.console.manual import FOLDER


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


KINDS = [
    kind
    for kind in _kinds(serializers.ModelSerializer)
    if kind.__module__.partition(".")[0] in {"fleet", "registry", "builds", "ota"}
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_word_that_may_be_blank_is_said_to_be(kind: Any) -> None:
    columns = {field.name: field for field in kind.Meta.model._meta.get_fields()}
    for name, shown in kind().fields.items():
        column = columns.get(shown.source or name)
        if isinstance(shown, serializers.ChoiceField) and getattr(column, "blank", False):
            assert shown.allow_blank or "" in shown.choices, f"{kind.__name__}.{name}"


def test_null_is_never_two_things_of_which_it_may_be_one() -> None:
    document = yaml.safe_load((FOLDER / "openapi.yaml").read_text())
    assert list(_of_anything(document)) == []


def _of_anything(schema: Any, path: str = "") -> Iterator[str]:
    if isinstance(schema, dict):
        if {} in schema.get("oneOf", ()):
            yield path
        for name, value in schema.items():
            yield from _of_anything(value, f"{path}/{name}")
    elif isinstance(schema, list):
        for place, value in enumerate(schema):
            yield from _of_anything(value, f"{path}/{place}")
