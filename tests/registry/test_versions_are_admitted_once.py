"""A version is decided once, by what its file holds, and is never changed otherwise."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict, Stale
from registry import selectors, services
from registry.choices import ADMISSION, VersionState
from registry.models import Evaluation, Model, ModelVersion
from registry.signals import version_added
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
BY = personas.SYSTEM


def admit(version: ModelVersion, **schema: Any) -> ModelVersion:
    io_schema = factories.IO_SCHEMA | schema
    return services.version_admit(version=version, io_schema=io_schema, ops={"Dense": 1}, by=BY)


def test_the_table_of_moves_has_two_ends() -> None:
    assert set(ADMISSION.values()) == {VersionState.ADMITTED, VersionState.REJECTED}
    assert {state for state, _ in ADMISSION} == {VersionState.PENDING}


def test_news_of_a_version_are_sent_once() -> None:
    heard: list[ModelVersion] = []

    def hear(version: ModelVersion, **_: Any) -> None:
        heard.append(version)

    version_added.connect(hear)
    try:
        version = factories.version_make()
    finally:
        version_added.disconnect(hear)
    assert heard == [version]
    assert list(selectors.versions_pending()) == [version]


def test_admission_writes_schema_and_ops() -> None:
    version = admit(factories.version_make())
    assert version.state == VersionState.ADMITTED
    assert version.io_schema == factories.IO_SCHEMA
    assert version.ops == {"Dense": 1}
    assert version.decided_at is not None
    assert not selectors.versions_pending().exists()


def test_rejection_keeps_the_reasons_within_bounds() -> None:
    version = factories.version_make()
    rejected = services.version_reject(version=version, reasons=["x" * 900] * 50, by=BY)
    assert rejected.state == VersionState.REJECTED
    assert rejected.reasons == ["x" * 500] * 20


def test_a_rejected_version_gives_its_label_and_its_file_back() -> None:
    version = factories.version_make(label="1.0")
    services.version_reject(version=version, reasons=["Not yet."], by=BY)
    again = factories.version_make(label="1.0")
    assert (again.number, again.label) == (2, "1.0")
    assert selectors.version_resolve(model="digits", word="1.0") == again


def test_a_dataset_that_does_not_fit_rejects_the_version() -> None:
    dataset = factories.dataset_make("calibration")
    version = factories.version_make(datasets={"calibration": dataset})
    inputs = [{"name": "image", "shape": [1, 28, 28, 1], "dtype": "float32"}]
    rejected = admit(version, inputs=inputs)
    assert rejected.state == VersionState.REJECTED
    assert rejected.reasons == [
        "The calibration dataset holds samples of 8 x 8 x 1; the model takes 28 x 28 x 1."
    ]


def test_the_same_decision_again_changes_nothing() -> None:
    version = admit(factories.version_make())
    entries = AuditEntry.objects.count()
    assert admit(version).decided_at == version.decided_at
    assert AuditEntry.objects.count() == entries


def test_another_decision_is_stale() -> None:
    version = admit(factories.version_make())
    with pytest.raises(Stale, match="digits 1 is admitted already"):
        services.version_reject(version=version, reasons=["No."], by=BY)


def test_a_version_is_never_saved_again() -> None:
    version = factories.version_make()
    version.label = "other"
    with pytest.raises(Conflict, match="row of model version is never changed"):
        version.save()


@pytest.mark.parametrize("change", [{"label": "other"}, {"number": 9}, {"format": "tflite"}])
def test_even_sql_cannot_change_content(change: dict[str, Any]) -> None:
    factories.version_make()
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        ModelVersion.objects.update(**change)


@pytest.mark.parametrize("change", [{"state": "odd"}, {"state": "admitted"}])
def test_the_database_knows_the_states(change: dict[str, Any]) -> None:
    factories.version_make()
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.update(**change)


def test_numbers_go_on_from_the_highest_ever_given() -> None:
    factories.version_make()
    Model.objects.update(last_number=7)
    assert factories.version_make(seed=1).number == 8


def test_a_version_is_found_by_any_of_its_names() -> None:
    version = factories.version_make(label="1.0-rc", admitted=True)
    services.alias_move(model=version.model, name="production", to=version, expected=None, by=BY)
    for word in ("1", "1.0-rc", version.public_id, version.blob_id, "production"):
        assert selectors.version_resolve(model="digits", word=word) == version


def test_an_evaluation_is_kept_once() -> None:
    dataset = factories.dataset_make()
    version = factories.version_make()
    facts: dict[str, Any] = {"version": version, "dataset": dataset, "engine": "int8", "by": BY}
    first = services.evaluation_record(metrics={"accuracy": 0.5}, **facts)
    assert services.evaluation_record(metrics={"accuracy": 0.5}, **facts) == first
    with pytest.raises(Conflict, match="with other figures before"):
        services.evaluation_record(metrics={"accuracy": 0.6}, **facts)
    assert Evaluation.objects.count() == 1
    assert selectors.accuracy(version, "int8") == 0.5  # type: ignore[arg-type]
    assert selectors.accuracy(version, "float") is None  # type: ignore[arg-type]


def test_every_change_is_in_the_audit_log() -> None:
    admit(factories.version_make())
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["registry.model_create", "registry.version_add", "registry.version_admitted"]
