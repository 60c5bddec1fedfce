"""Support staff can look at every table, and change none of them there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from tests import personas
from tests.ota import makers

pytestmark = pytest.mark.django_db
MODELS = sorted(apps.get_app_config("ota").get_models(), key=lambda model: model.__name__)


@pytest.fixture
def client() -> Client:
    user = personas.user("owner")
    user.is_superuser = True
    user.save()
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_its_list_opens(model: type, client: Client) -> None:
    makers.lonely()
    name = f"admin:ota_{model.__name__.lower()}_changelist"
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nobody_changes_it_there(model: type) -> None:
    request = RequestFactory().get("/")
    request.user = personas.user("owner")
    page = admin.site._registry[model]
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
