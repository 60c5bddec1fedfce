"""Every REST view checks what was sent by the one base, and every input by one serializer."""

import pytest
from rest_framework import serializers

from fleet.lib.rest.conditions import EditedView
from fleet.lib.rest.pages import StrictCursor
from fleet.lib.rest.strict import JsonIn, StrictIn
from fleet.lib.rest.takes import body_of, query_of
from fleet.lib.rest.views import StrictList, StrictView
from tests.fleet.lib.rest.world import methods_of, routes

VIEWS = dict(routes())
SHAPES = {
    shape
    for view in VIEWS.values()
    for method in methods_of(view)
    for shape in (
        body_of(getattr(view, method)),
        query_of(getattr(view, method)),
        getattr(view, "filters", None),
    )
    if shape is not None
}


@pytest.mark.parametrize("route", sorted(VIEWS))
def test_every_view_checks_what_is_sent(route: str) -> None:
    view = VIEWS[route]
    assert issubclass(view, StrictView)
    # The checks are in `initial`: whoever replaces it, replaces them.
    assert "initial" not in vars(view)
    if issubclass(view, StrictList):
        assert issubclass(view.pagination_class, StrictCursor)
    for method in ("put", "patch"):
        if hasattr(view, method):
            assert issubclass(view, EditedView)
            assert getattr(view, method).conditional


def test_every_input_is_strict() -> None:
    assert len(SHAPES) > 20
    for shape in SHAPES:
        assert issubclass(shape, StrictIn)
        assert "to_internal_value" not in vars(shape)


def test_every_number_fits_its_column_and_every_text_ends() -> None:
    for shape in SHAPES:
        for name, field in shape().fields.items():
            where = f"{shape.__name__}.{name}"
            if isinstance(field, serializers.IntegerField):
                assert field.max_value is not None, where
            if isinstance(field, serializers.CharField):
                assert field.max_length is not None, where
            if isinstance(field, serializers.JSONField):
                assert isinstance(field, JsonIn), where
