"""Two callers who saw the same state cannot both move it."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from fleet.lib.db import compare_and_set

pytestmark = pytest.mark.django_db


def test_only_the_first_of_two_movers_wins() -> None:
    row = Group.objects.create(name="draft")
    seen = Group.objects.filter(pk=row.pk, name="draft")
    assert compare_and_set(seen, name="approved")
    assert not compare_and_set(seen, name="revoked")
    row.refresh_from_db()
    assert row.name == "approved"


def test_more_than_one_row_is_a_mistake_of_the_caller() -> None:
    kind = ContentType.objects.get_for_model(Group)
    for name in ("one", "two"):
        Permission.objects.create(name="same", codename=name, content_type=kind)
    with pytest.raises(AssertionError, match="touched 2 rows"):
        compare_and_set(Permission.objects.filter(name="same"), name="other")
