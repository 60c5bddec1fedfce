"""The admin's pages of devices and telemetry open, and change nothing."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from fleet.devices import groups
from fleet.telemetry import services
from tests.fleet.devices.factories import code
from tests.fleet.telemetry.world import everybody_reports, fleet, registered
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
MODELS = [
    model
    for app in ("devices", "telemetry")
    for model in apps.get_app_config(app).get_models()
    if not model._meta.auto_created
]


@pytest.fixture
def support() -> Client:
    registered()
    units = fleet(4)
    for each in units[:3]:
        each.behaviour = {"shift": 60.0}
    everybody_reports(units)
    with override_settings(EDGEFLEET_DRIFT_START_SECONDS=0):
        services.drift_assess()
    code()
    groups.group_create(name="all", members=[units[0].row.public_id], by=SYSTEM)
    signed_in = Client()
    signed_in.force_login(User.objects.create_superuser("support", password="tests only"))
    return signed_in


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_list_and_row_opens_and_none_can_be_changed(support: Client) -> None:
    for model in MODELS:
        assert support.get(address(model, "changelist")).status_code == 200, model
        assert support.get(address(model, "add")).status_code == 403, model
        row = model._default_manager.first()
        if row is not None:
            page = address(model, "change", row.pk)
            assert support.get(page).status_code == 200, model
            assert support.post(page, {}).status_code == 403, model


def test_secrets_are_not_shown(support: Client) -> None:
    from fleet.devices.models import EnrolmentCode

    row = EnrolmentCode.objects.get()
    page = support.get(address(EnrolmentCode, "change", row.pk)).content.decode()
    assert row.digest not in page
