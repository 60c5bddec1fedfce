"""Support reads, and changes nothing."""

import pytest

from builds.models import Artifact, Build, BuildStep, Int8Model, Probe, SigningKey
from tests import personas
from tests.builds import makers

pytestmark = pytest.mark.django_db
MODELS = [Artifact, Build, BuildStep, Int8Model, Probe, SigningKey]


@pytest.mark.parametrize("model", MODELS)
def test_every_row_can_be_read_and_none_changed(model: type[Build]) -> None:
    from django.contrib import admin
    from django.test import RequestFactory

    makers.built()
    request = RequestFactory().get("/")
    request.user = personas.user("owner")
    request.user.is_superuser = True
    page = admin.site._registry[model]
    assert page.get_queryset(request).count() > 0
    assert page.has_view_permission(request)
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
