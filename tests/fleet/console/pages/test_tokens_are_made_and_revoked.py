"""API tokens: made with rights one has, shown once, revoked after a question."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from fleet.access.models import ApiToken
from tests import personas

pytestmark = pytest.mark.django_db
PAGE = "/console/tokens"


def press(address: str, who: str = "engineer", **fields: Any) -> Any:
    return personas.client(who).post(address, {"back": PAGE, **fields}, follow=True)


def test_a_token_is_shown_once_and_works() -> None:
    made = press(f"{PAGE}/make", name="nightly", days="7", scopes=["registry.read"])
    token = ApiToken.objects.get()
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in personas.client("engineer").get(PAGE).content.decode()
    caller = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert caller.get("/api/v1/models/").status_code == 200
    assert (token.owner.username, token.scopes) == ("engineer", ["registry.read"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"days": "7"}, "scopes"), ({"days": "x", "scopes": ["registry.read"]}, "days")],
)
def test_what_is_wrong_is_told_at_its_field(fields: dict[str, Any], field: str) -> None:
    page = press(f"{PAGE}/make", name="nightly", **fields).content.decode()
    assert f'id="wrong-{field}" role="alert">' in page
    assert 'value="registry.read" checked' in page or "scopes" not in fields


def test_nobody_gives_rights_away_that_are_not_theirs() -> None:
    page = press(f"{PAGE}/make", name="x", days="7", scopes=["access.write"]).content.decode()
    assert "may not have more rights" in page
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_after_a_question() -> None:
    token, _ = personas.token("engineer")
    address = f"{PAGE}/{token.public_id}/revoke"
    assert "is refused from then on" in press(address).content.decode()
    press(address, "viewer", yes="yes")
    assert ApiToken.objects.get().revoked_at is None
    press(address, yes="yes")
    token.refresh_from_db()
    assert token.revoked_at is not None
