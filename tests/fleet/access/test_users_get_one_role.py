"""People are made with one role and may change it; both are logged."""

import pytest
from django.contrib.auth.models import Group, User

from fleet.access import services
from fleet.access.models import AuditEntry
from fleet.access.selectors import roles_of
from fleet.lib.errors import Conflict, Refused
from tests import personas

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def make(username: str = "ada", password: str = PASSWORD, role: str = "operator") -> User:
    return services.user_create(username=username, password=password, role=role, by=personas.SYSTEM)


def test_a_user_can_sign_in_with_the_role() -> None:
    user = make()
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_superuser, roles_of(user)) == (True, False, ["operator"])


def test_the_log_knows_who_was_made_and_not_the_password() -> None:
    make()
    entry = AuditEntry.objects.get(action="access.user_create")
    assert entry.detail == {"username": "ada", "role": "operator"}


def test_a_second_user_of_the_name_is_refused() -> None:
    make()
    with pytest.raises(Conflict, match="already a user 'ada'"):
        make()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"role": "king"}, "no role 'king'"),
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "too common"),
        ({"username": "not a name!"}, "valid username"),
        ({"username": ""}, "blank"),
    ],
)
def test_a_wrong_wish_leaves_no_user(wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        make(**wrong)
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_new_role_replaces_the_old_and_leaves_other_groups() -> None:
    user = make()
    user.groups.add(Group.objects.create(name="night shift"))
    services.role_assign(user=user, role="viewer", by=personas.SYSTEM)
    assert set(user.groups.values_list("name", flat=True)) == {"viewer", "night shift"}
    entry = AuditEntry.objects.get(action="access.role_assign")
    assert entry.detail == {"username": "ada", "before": ["operator"], "role": "viewer"}
