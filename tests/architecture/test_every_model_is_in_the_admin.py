"""Support staff can look at every row: each model of ours is registered in the admin."""

from django.apps import apps
from django.contrib import admin

from tests.architecture.shape import PACKAGES


def test_every_model_is_registered() -> None:
    ours = [
        model
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in PACKAGES
        for model in config.get_models()
    ]
    assert ours
    assert [model.__name__ for model in ours if not admin.site.is_registered(model)] == []
