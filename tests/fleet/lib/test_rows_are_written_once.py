"""Each promise of a row that is evidence, on rows that make it."""

import pytest
from django.db.models import Model

from builds.models import Artifact, Int8Model
from fleet.lib.db.append_only import AppendOnly, SavedOnce, WriteOnce
from fleet.lib.errors import Conflict
from ota.models import AssignmentEvent, GateResult, RolloutEvent
from registry.models import Blob, Dataset, ModelVersion

pytestmark = pytest.mark.django_db


PROMISES: dict[type[Model], tuple[type[Model], ...]] = {
    SavedOnce: (Blob, Dataset, ModelVersion),
    WriteOnce: (Artifact, Int8Model),
    AppendOnly: (AssignmentEvent, GateResult, RolloutEvent),
}


def test_who_promises_what() -> None:
    for promise, models in PROMISES.items():
        assert [model for model in models if not issubclass(model, promise)] == []


def test_a_row_is_saved_once() -> None:
    blob = Blob(sha256="0" * 64, size_bytes=1)
    blob.save()
    blob.size_bytes = 2
    with pytest.raises(Conflict, match="blob is never changed"):
        blob.save()
    blob.refresh_from_db()
    assert blob.size_bytes == 1


def test_bulk_changes_do_not_pass_by() -> None:
    with pytest.raises(Conflict, match="artifact is never changed"):
        Artifact.objects.update(filename="x")
    with pytest.raises(Conflict, match="rollout event is never changed"):
        RolloutEvent.objects.update(text="x")


def test_history_is_not_deleted() -> None:
    with pytest.raises(Conflict, match="gate result is never deleted"):
        GateResult.objects.all().delete()
    with pytest.raises(Conflict, match="gate result is never deleted"):
        GateResult(pk=1).delete()
