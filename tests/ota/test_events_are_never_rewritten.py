"""Events, gate results and instructions are inserted once; nothing changes or deletes them."""

import pytest

from fleet.lib.errors import Conflict
from ota.models import AssignmentEvent, Instruction, RolloutEvent
from tests.ota import makers

pytestmark = pytest.mark.django_db
KINDS = [AssignmentEvent, RolloutEvent, Instruction]


@pytest.mark.parametrize("kind", KINDS)
def test_saving_again_is_refused(kind: type[AssignmentEvent]) -> None:
    makers.lonely()
    row = kind.objects.first()
    assert row is not None
    with pytest.raises(Conflict, match="never changed"):
        row.save()


@pytest.mark.parametrize("kind", KINDS)
def test_bulk_changes_are_refused(kind: type[AssignmentEvent]) -> None:
    makers.lonely()
    with pytest.raises(Conflict, match="never changed"):
        kind.objects.update()
    with pytest.raises(Conflict, match="never deleted"):
        kind.objects.all().delete()
    with pytest.raises(Conflict, match="never deleted"):
        kind.objects.get_queryset()[0].delete()
