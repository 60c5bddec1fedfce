import pytest

from builds.models import Build
from tests import personas
from tests.builds import makers

pytestmark = pytest.mark.django_db


def paths() -> list[str]:
    build = makers.built()
    artifact = build.artifacts.first()
    assert artifact is not None
    return [
        "targets/",
        "signing-keys/",
        "builds/",
        f"builds/{build.public_id}/",
        f"builds/{build.public_id}/artifacts/",
        f"artifacts/{artifact.public_id}/",
        f"artifacts/{artifact.public_id}/download/",
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 401), ("stranger", 403), ("viewer", 200), ("operator", 200)]
)
def test_who_reads(who: str, status: int) -> None:
    client = personas.client(who)
    found = {path: client.get(f"/api/v1/{path}").status_code for path in paths()}
    assert found == dict.fromkeys(found, status)


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 401), ("stranger", 403), ("viewer", 403), ("operator", 403)]
)
def test_who_may_not_ask_for_builds(who: str, status: int) -> None:
    body = {"version": makers.version().public_id, "target": "rv32imc"}
    answer = personas.client(who).post("/api/v1/builds/", body, format="json")
    assert answer.status_code == status
    assert not Build.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_changed_or_removed_over_rest(method: str) -> None:
    client = personas.client("owner")
    for path in paths():
        answer = getattr(client, method)(f"/api/v1/{path}", {}, format="json")
        assert answer.status_code == 405
