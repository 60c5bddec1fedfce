"""`/api/v1/tokens/`: shown once, listed without secrets, seen by owner and admin only."""

import pytest

from fleet.access.models import ApiToken
from fleet.access.services import token_revoke
from tests import personas

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/tokens/"
WISH = {"name": "laptop", "scopes": ["registry.read"], "days": 7}


def test_making_one_shows_the_secret_once() -> None:
    client = personas.client("engineer")
    made = client.post(TOKENS, WISH, format="json")
    assert made.status_code == 201
    assert made.json()["secret"].startswith(made.json()["hint"])
    assert all("secret" not in row for row in client.get(TOKENS).json()["results"])


def test_the_secret_works() -> None:
    secret = personas.client("viewer").post(TOKENS, WISH, format="json").json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    answer = personas.client("anonymous").get("/api/v1/whoami/", headers=headers).json()
    assert (answer["kind"], answer["user"]) == ("token", "viewer")
    assert answer["token"]["name"] == "laptop"


def test_a_repeated_call_makes_one_token_and_does_not_show_the_secret_again() -> None:
    client, headers = personas.client("engineer"), {"Idempotency-Key": "once"}
    first = client.post(TOKENS, WISH, format="json", headers=headers).json()
    again = client.post(TOKENS, WISH, format="json", headers=headers).json()
    assert ApiToken.objects.count() == 1
    assert again == first | {"secret": None}


def test_people_see_their_own_tokens_only() -> None:
    token, _ = personas.token("engineer")
    assert personas.client("viewer").get(TOKENS).json()["results"] == []
    assert personas.client("viewer").get(f"{TOKENS}{token.public_id}/").status_code == 404


def test_an_admin_sees_and_revokes_everybodys() -> None:
    token, _ = personas.token("engineer")
    admin = personas.client("owner")
    assert [row["id"] for row in admin.get(TOKENS).json()["results"]] == [token.public_id]
    assert admin.delete(f"{TOKENS}{token.public_id}/").status_code == 204
    assert admin.get(f"{TOKENS}{token.public_id}/").json()["state"] == "revoked"


def test_another_cannot_revoke_mine() -> None:
    token, _ = personas.token("engineer")
    assert personas.client("operator").delete(f"{TOKENS}{token.public_id}/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_pipeline_token_may_not_make_tokens() -> None:
    answer = personas.client("ci_token").post(TOKENS, WISH, format="json")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the scope access.tokens, which you do not have."


@pytest.mark.parametrize("missing", ["name", "scopes"])
def test_a_missing_field_is_named(missing: str) -> None:
    wish = {name: value for name, value in WISH.items() if name != missing}
    answer = personas.client("engineer").post(TOKENS, wish, format="json")
    assert answer.status_code == 400
    assert missing in answer.json()["detail"]


def test_a_revoked_token_stays_in_the_list() -> None:
    token, _ = personas.token("engineer")
    token_revoke(token=token, by=personas.SYSTEM)
    rows = personas.client("engineer").get(TOKENS).json()["results"]
    assert [row["state"] for row in rows] == ["revoked"]


@pytest.mark.parametrize(("persona", "status"), [("anonymous", 401), ("stranger", 403)])
def test_strangers_get_nothing(persona: str, status: int) -> None:
    client = personas.client(persona)
    assert client.get(TOKENS).status_code == status
    assert client.post(TOKENS, WISH, format="json").status_code == status


def test_a_stranger_may_still_ask_who_they_are() -> None:
    answer = personas.client("stranger").get("/api/v1/whoami/").json()
    assert (answer["roles"], answer["scopes"], answer["token"]) == ([], [], None)
