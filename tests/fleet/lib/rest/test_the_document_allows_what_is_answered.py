"""The OpenAPI document allows every value that a row may hold."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from rest_framework import serializers
from rest_framework.views import APIView

import fleet.urls  # noqa: F401 - loads every serializer and view
from fleet.console.manual import FOLDER
from fleet.lib import errors
from fleet.lib.rest.refusals import ONLY_WRITING


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


def _ours(base: type[Any]) -> list[type[Any]]:
    packages = {"fleet", "registry", "builds", "ota"}
    return [kind for kind in _kinds(base) if kind.__module__.partition(".")[0] in packages]


KINDS = _ours(serializers.ModelSerializer)
SHAPES = sorted(set(_ours(serializers.Serializer)), key=lambda kind: kind.__qualname__)
READERS = sorted(
    {view for view in _ours(APIView) if "get" in vars(view)}, key=lambda view: view.__qualname__
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_word_that_may_be_blank_is_said_to_be(kind: Any) -> None:
    columns = {field.name: field for field in kind.Meta.model._meta.get_fields()}
    for name, shown in kind().fields.items():
        column = columns.get(shown.source or name)
        if isinstance(shown, serializers.ChoiceField) and getattr(column, "blank", False):
            assert shown.allow_blank or "" in shown.choices, f"{kind.__name__}.{name}"


@pytest.mark.parametrize("kind", SHAPES, ids=lambda kind: kind.__name__)
def test_what_is_null_when_it_is_missing_is_said_to_be(kind: Any) -> None:
    for name, shown in getattr(kind, "_declared_fields", {}).items():
        assert shown.default is not None or shown.allow_null, f"{kind.__name__}.{name}"


@pytest.mark.parametrize("view", READERS, ids=lambda view: view.__name__)
def test_a_read_that_refuses_as_writes_do_says_so(view: Any) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(view.get))))
    raised = {
        node.exc.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }
    found = {str(getattr(errors, name).http_status) for name in raised if hasattr(errors, name)}
    assert found & ONLY_WRITING <= set(getattr(view, "reading_refusals", ()))


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
