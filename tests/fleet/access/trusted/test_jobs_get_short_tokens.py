"""A CI job shows who it is to get a token for one model and one verb: with an issuer of our own."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from fleet.access.models import ApiToken, AuditEntry, SpentIdentity, TrustedPublisher
from fleet.access.trusted import publishers
from fleet.lib import clock
from fleet.lib.errors import Unavailable
from fleet.lib.hashing import sha256_hex
from registry.models import ModelVersion
from tests import personas
from tests.fleet.access.trusted.issuer import Issuer, listening
from tests.registry import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/identity/token/"
GITHUB = {"repository": "acme/models", "account_id": "4711", "workflow": "release.yml"}


@pytest.fixture(scope="module")
def published() -> Iterator[Issuer]:
    with listening(Issuer()) as found:
        yield found


@pytest.fixture
def issuer(published: Issuer, settings: Any) -> Issuer:
    settings.EDGEFLEET_OIDC_ISSUERS = {published.url: "github"}
    published.published = True
    published.asked.clear()
    cache.clear()
    return published


def trust(issuer: Issuer, who: str = "owner", **terms: Any) -> Any:
    body = {"issuer": issuer.url, "model": "digits", "verb": "publish", **GITHUB, **terms}
    return personas.client(who).post("/api/v1/publishers/", body)


def ask(identity: str, model: str = "digits", verb: str = "publish") -> Any:
    body = {"identity": identity, "model": model, "verb": verb}
    return personas.client("anonymous").post(URL, body)


def token_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    client = personas.Rest()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['secret']}")
    return client


def push(client: Any, model: str = "digits", seed: int = 0) -> Any:
    file = factories.upload(factories.keras_bytes(seed=seed), "m.keras")
    return client.post(f"/api/v1/models/{model}/versions/", {"file": file}, format="multipart")


def test_a_trusted_job_pushes_its_model_and_does_nothing_else(issuer: Issuer) -> None:
    factories.model_make()
    factories.model_make("other")
    assert trust(issuer).status_code == 201
    client = token_of(ask(issuer.sign(issuer.github())))
    assert push(client).status_code == 201
    assert client.get("/api/v1/models/digits/versions/1/").status_code == 200
    calls: list[Callable[[], Any]] = [
        lambda: push(client, "other"),
        lambda: client.get("/api/v1/models/other/"),
        lambda: client.get("/api/v1/versions/"),
        lambda: client.get("/api/v1/devices/"),
        lambda: client.post("/api/v1/models/", {"name": "third"}),
        lambda: client.patch("/api/v1/models/digits/", {"title": "mine"}, format="json"),
        lambda: client.put(
            "/api/v1/models/digits/aliases/production/",
            {"version": 1, "expected": None},
            format="json",
        ),
        lambda: client.post("/api/v1/tokens/", {"name": "more", "scopes": ["registry.read"]}),
        lambda: client.post("/api/2.0/mlflow/runs/create", {}, format="json"),
    ]
    for call in calls:
        assert call().status_code == 403
    assert ModelVersion.objects.get().created_by.startswith("owner (token publish digits")
    entry = AuditEntry.objects.get(action="access.identity_exchange")
    assert (entry.detail["sha"], entry.detail["ref"]) == ("0123abcd", "refs/tags/v1")


def test_promoting_is_trusted_apart(issuer: Issuer) -> None:
    factories.version_make(admitted=True)
    trust(issuer)
    refused = ask(issuer.sign(issuer.github()), verb="promote")
    assert refused.status_code == 403
    assert refused.json()["code"] == "invalid-publisher"
    trust(issuer, verb="promote")
    client = token_of(ask(issuer.sign(issuer.github(jti="two")), verb="promote"))
    address = "/api/v1/models/digits/aliases/production/"
    moved = client.put(address, {"version": 1, "expected": None}, format="json")
    assert moved.status_code == 200, moved.content
    assert push(client, seed=1).status_code == 403


def test_a_token_ends_after_fifteen_minutes(issuer: Issuer, monkeypatch: Any) -> None:
    factories.model_make()
    trust(issuer)
    client = token_of(ask(issuer.sign(issuer.github())))
    token = ApiToken.objects.get(verb="publish")
    assert token.expires_at - token.created_at == timedelta(minutes=15)
    later = clock.now() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get("/api/v1/models/digits/").status_code == 401


def test_an_identity_is_taken_once(issuer: Issuer, monkeypatch: Any) -> None:
    factories.model_make()
    trust(issuer)
    identity = issuer.sign(issuer.github())
    assert ask(identity).status_code == 200
    again = ask(identity)
    assert (again.status_code, again.json()["code"]) == (403, "invalid-reuse-token")
    assert publishers.purge() == 0
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert publishers.purge() == 1
    assert not SpentIdentity.objects.exists()


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("repository", "acme/other"),
        ("repository_owner", "mallory"),
        ("repository_owner_id", "9999"),
        ("job_workflow_ref", "Acme/models/.github/workflows/other.yml@refs/tags/v1"),
        ("job_workflow_ref", "mallory/flows/.github/workflows/release.yml@refs/tags/v1"),
        ("event_name", "pull_request_target"),
        ("ref", "refs/heads/main"),
        ("sha", ""),
        ("repository", None),
    ],
)
def test_another_job_is_not_the_trusted_one(issuer: Issuer, claim: str, value: Any) -> None:
    trust(issuer)
    refused = ask(issuer.sign(issuer.github(**{claim: value})))
    assert (refused.status_code, refused.json()["code"]) == (403, "invalid-publisher")
    assert not ApiToken.objects.filter(verb="publish").exists()
    assert not SpentIdentity.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"aud": ["edgefleet", "another"]},
        {"exp": 1},
        {"exp": "soon"},
        {"exp": 10**12},
        {"iat": 10**12, "exp": 10**12 + 300},
        {"jti": ""},
        {"iss": "https://elsewhere.example"},
    ],
)
def test_identities_that_are_not_for_here_and_now_are_refused(
    issuer: Issuer, change: dict[str, Any]
) -> None:
    trust(issuer)
    refused = ask(issuer.sign(issuer.github(**change)))
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-token")


def test_signatures_of_others_count_for_nothing(issuer: Issuer) -> None:
    trust(issuer)
    stranger = Issuer(url=issuer.url)
    good = issuer.sign(issuer.github())
    header, claims, signature = good.split(".")
    for identity in (
        stranger.sign(issuer.github()),
        issuer.sign(issuer.github(), alg="none"),
        issuer.sign(issuer.github(), alg="HS256"),
        issuer.sign(issuer.github(), kid="second"),
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"{header}.{claims}.{signature[:-8]}AAAAAAAA",
        "nonsense",
        "ä.b.c",
    ):
        assert ask(identity).status_code == 401, identity[:40]


def test_keys_are_kept_and_an_unknown_one_asks_once_a_minute(issuer: Issuer) -> None:
    trust(issuer)
    ask(issuer.sign(issuer.github(jti="a")))
    ask(issuer.sign(issuer.github(jti="b")))
    assert len(issuer.asked) == 2  # the discovery and the keys, once
    for _ in range(3):
        ask(issuer.sign(issuer.github(), kid="unknown"))
    assert len(issuer.asked) == 2


def test_an_empty_set_of_keys_is_not_kept(issuer: Issuer) -> None:
    trust(issuer)
    issuer.published = False
    assert ask(issuer.sign(issuer.github())).status_code == 401
    issuer.published = True
    cache.clear()  # a minute goes by
    assert ask(issuer.sign(issuer.github())).status_code == 200


def test_an_environment_and_a_branch_are_asked_for(issuer: Issuer) -> None:
    trust(issuer, environment="production", refs="refs/heads/main")
    main = {
        "ref": "refs/heads/main",
        "job_workflow_ref": "Acme/models/.github/workflows/release.yml@refs/heads/main",
    }
    protected = main | {"ref_protected": "true", "environment": "Production"}
    assert ask(issuer.sign(issuer.github(**main))).status_code == 403
    assert ask(issuer.sign(issuer.github(**(protected | {"environment": ""})))).status_code == 403
    open_branch = issuer.github(**(protected | {"ref_protected": "false"}))
    assert "is not protected" in ask(issuer.sign(open_branch)).json()["detail"]
    assert ask(issuer.sign(issuer.github(**protected))).status_code == 200


def test_gitlab_is_checked_by_its_own_claims(issuer: Issuer, settings: Any) -> None:
    settings.EDGEFLEET_OIDC_ISSUERS = {issuer.url: "gitlab"}
    trust(issuer, workflow=".gitlab-ci.yml")
    assert ask(issuer.sign(issuer.gitlab(jti="good"))).status_code == 200
    for change in (
        {"project_path": "mallory/models"},
        {"namespace_id": "1"},
        {"ci_config_ref_uri": "gitlab.example/acme/models//other.yml@refs/tags/v1"},
        {"pipeline_source": "merge_request_event"},
        {"ref_type": "merge"},
    ):
        assert ask(issuer.sign(issuer.gitlab(**change))).status_code == 403, change


def test_the_person_who_trusts_a_job_lends_it_no_more_than_they_have(issuer: Issuer) -> None:
    trust(issuer)
    row = TrustedPublisher.objects.get()
    row.owner = personas.user("viewer")
    row.save()
    refused = ask(issuer.sign(issuer.github()))
    assert refused.status_code == 403
    assert "may no longer publish" in refused.json()["detail"]


def test_who_is_trusted_is_an_administrators_to_say(issuer: Issuer) -> None:
    assert trust(issuer, "engineer").status_code == 403
    made = trust(issuer)
    assert trust(issuer).json()["code"] == "exists"
    assert trust(Issuer(url="https://elsewhere.example", key=issuer.key)).status_code == 400
    assert trust(issuer, workflow="../release.sh").status_code == 400
    address = f"/api/v1/publishers/{made.json()['id']}/"
    assert personas.client("viewer").get(address).json()["repository"] == "acme/models"
    assert personas.client("owner").delete(address).status_code == 204
    assert ask(issuer.sign(issuer.github())).status_code == 403
    assert AuditEntry.objects.filter(action="access.publisher_forget").exists()


def test_a_job_that_comes_while_the_keys_are_being_asked_for_is_told_to_come_again(
    issuer: Issuer,
) -> None:
    factories.model_make()
    trust(issuer)
    cache.add(f"oidc:keys:{sha256_hex(issuer.url.encode())}:asked", 1, timeout=60)
    early = ask(issuer.sign(issuer.github()))
    assert (early.status_code, early.json()["code"]) == (503, "no_issuer")


def test_an_issuer_that_was_silent_is_not_an_identity_that_is_wrong(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(name: str) -> dict[str, Any]:
        raise Unavailable(name, code="no_issuer")

    factories.model_make()
    trust(issuer)
    monkeypatch.setattr("fleet.access.trusted.issuers._document", silent)
    assert [ask(issuer.sign(issuer.github())).status_code for _ in range(2)] == [503, 503]
