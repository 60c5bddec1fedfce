"""Support staff can read every row of the registry, and change none."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

from registry import services
from registry.models import (
    Alias,
    AliasMove,
    Blob,
    Dataset,
    Evaluation,
    Model,
    ModelVersion,
    VersionDataset,
)
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGES = (Alias, AliasMove, Blob, Dataset, Evaluation, Model, ModelVersion, VersionDataset)


@pytest.fixture
def request_of_root(rf: RequestFactory) -> Any:
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    return request


@pytest.fixture
def _rows() -> None:
    dataset = factories.dataset_make()
    version = factories.version_make(admitted=True, datasets={"evaluation": dataset})
    services.alias_move(
        model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
    )
    services.evaluation_record(
        version=version,
        dataset=dataset,
        engine="int8",  # type: ignore[arg-type]
        metrics={},
        by=personas.SYSTEM,
    )


@pytest.mark.parametrize("model", PAGES)
@pytest.mark.usefixtures("_rows")
def test_a_page_shows_its_rows_and_changes_none(model: Any, request_of_root: Any) -> None:
    page = admin.site._registry[model]
    rows = page.get_changelist_instance(request_of_root).get_queryset(request_of_root)
    assert [str(row) for row in rows] != []
    assert not page.has_add_permission(request_of_root)
    assert not page.has_change_permission(request_of_root)
    assert not page.has_delete_permission(request_of_root)
