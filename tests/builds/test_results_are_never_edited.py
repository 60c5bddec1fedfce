import pytest
from django.db import IntegrityError, transaction

from builds.models import Artifact, Build, Int8Model, SigningKey
from fleet.lib.errors import Conflict
from tests.builds import makers

pytestmark = pytest.mark.django_db


def test_an_artifact_is_not_saved_twice() -> None:
    artifact = makers.built().artifacts.first()
    assert artifact is not None
    with pytest.raises(Conflict, match="artifact is never changed"):
        artifact.save()


@pytest.mark.parametrize("model", [Artifact, Int8Model])
def test_nor_changed_in_bulk(model: type[Artifact | Int8Model]) -> None:
    makers.built()
    with pytest.raises(Conflict, match="never changed"):
        model.objects.update(blob_id="0" * 64)


@pytest.mark.parametrize(
    "changes",
    [
        {"report": None},
        {"state": "asleep"},
        {"state": "refused", "failure": ""},
    ],
)
def test_a_build_without_its_evidence_is_refused_by_the_database(changes: dict) -> None:  # type: ignore[type-arg]
    build = makers.built()
    with pytest.raises(IntegrityError), transaction.atomic():
        Build.objects.filter(pk=build.pk).update(**changes)


def test_two_results_for_the_same_inputs_are_refused_by_the_database() -> None:
    first = makers.built()
    second = makers.run(makers.request(first.version, force=True))
    with pytest.raises(IntegrityError), transaction.atomic():
        Build.objects.filter(pk=second.pk).update(forced=False)


def test_two_keys_for_one_role_are_refused_by_the_database() -> None:
    makers.built()
    row = SigningKey.objects.first()
    assert row is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.create(role=row.role, keyid="another", key=row.key)
