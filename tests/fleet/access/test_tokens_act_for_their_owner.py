"""A token has some of its owner's rights, for some time, and never more."""

from datetime import timedelta

import pytest

from fleet.access import services
from fleet.access.models import ApiToken, AuditEntry
from fleet.access.selectors import token_by_secret
from fleet.lib import clock
from fleet.lib.errors import Conflict, Forbidden, Refused
from tests import personas

pytestmark = pytest.mark.django_db
WHOAMI = "/api/v1/whoami/"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_secret_opens_the_token() -> None:
    token, secret = personas.token()
    assert token_by_secret(secret) == token


def test_the_secret_is_nowhere_in_the_row_or_the_log() -> None:
    token, secret = personas.token()
    values = [str(getattr(token, field.attname)) for field in ApiToken._meta.concrete_fields]
    values += [str(entry.detail) for entry in AuditEntry.objects.all()]
    assert not any(secret in value for value in values)


def test_a_token_with_more_rights_than_its_owner_is_refused() -> None:
    with pytest.raises(Forbidden, match=r"more rights than its owner: ota\.write"):
        personas.token("engineer", scopes=["ota.write", "registry.read"])


def test_a_token_loses_what_its_owner_loses() -> None:
    client = personas.token_client("engineer", scopes=["registry.write"])
    services.role_assign(user=personas.user("engineer"), role="viewer", by=personas.SYSTEM)
    assert client.get(WHOAMI).json()["scopes"] == []


def test_a_token_has_only_the_scopes_that_it_asked_for() -> None:
    client = personas.token_client("owner", scopes=["registry.read"])
    assert client.get(WHOAMI).json()["scopes"] == ["registry.read"]


def test_a_token_of_an_inactive_owner_is_refused() -> None:
    client, owner = personas.token_client("engineer"), personas.user("engineer")
    owner.is_active = False
    owner.save()
    answer = client.get(WHOAMI)
    assert answer.status_code == 401
    assert "not active" in answer.json()["detail"]


def test_a_token_cannot_mint_a_stronger_token() -> None:
    weak = personas.token_client("owner", scopes=["access.tokens", "registry.read"])
    body = {"name": "stronger", "scopes": ["access.write"]}
    assert weak.post("/api/v1/tokens/", body, format="json").status_code == 403
    assert not ApiToken.objects.filter(name="stronger").exists()


def test_an_expired_token_is_refused() -> None:
    _, secret = personas.token(days=1)
    client = personas.client("anonymous")
    with clock.fixed(clock.now() + timedelta(days=1, seconds=1)):
        answer = client.get(WHOAMI, headers=bearer(secret))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This token is expired."


def test_a_revoked_token_is_refused_at_once() -> None:
    token, secret = personas.token()
    services.token_revoke(token=token, by=personas.SYSTEM)
    answer = personas.client("anonymous").get(WHOAMI, headers=bearer(secret))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This token is revoked."


def test_revoking_twice_is_logged_once() -> None:
    token, _ = personas.token()
    services.token_revoke(token=token, by=personas.SYSTEM)
    first = token.revoked_at
    services.token_revoke(token=token, by=personas.SYSTEM)
    assert token.revoked_at == first
    assert AuditEntry.objects.filter(action="access.token_revoke").count() == 1


def test_a_wrong_token_never_falls_through_to_the_session() -> None:
    client = personas.client("owner")
    answer = client.get(WHOAMI, headers=bearer("ef_pat_wrong"))
    assert answer.status_code == 401


def test_use_is_noted_at_most_once_a_minute() -> None:
    token, secret = personas.token()
    client, start = personas.client("anonymous"), clock.now()
    seen = []
    for seconds in (0, 30, 59, 61):
        with clock.fixed(start + timedelta(seconds=seconds)):
            client.get(WHOAMI, headers=bearer(secret))
        token.refresh_from_db()
        seen.append(token.last_used_at)
    assert seen == [start, start, start, start + timedelta(seconds=61)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["moon.walk"]}, r"no scope moon\.walk"),
        ({"days": 0}, "1 to 366 days"),
        ({"days": 367}, "1 to 366 days"),
    ],
)
def test_a_wrong_wish_gets_one_sentence(change: dict[str, object], sentence: str) -> None:
    wish = {"name": "ci", "scopes": ["registry.read"], "days": 1} | change
    with pytest.raises(Refused, match=sentence):
        services.token_issue(owner=personas.user(), by=personas.SYSTEM, **wish)  # type: ignore[arg-type]
    assert not ApiToken.objects.exists()


def test_an_owner_cannot_heap_up_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "TOKENS_PER_OWNER_MAX", 2)
    token, _ = personas.token()
    personas.token()
    with pytest.raises(Conflict, match="revoke one first"):
        personas.token()
    services.token_revoke(token=token, by=personas.SYSTEM)
    personas.token()
