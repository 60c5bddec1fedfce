"""Each route asks for the registry's rights: reading for all roles, changing from engineer on."""

import pytest

from registry.api.urls import urlpatterns
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
READS = [
    "models/",
    "models/digits/",
    "models/digits/versions/",
    "models/digits/versions/1/",
    "models/digits/compare/?from=1&to=1",
    "models/digits/aliases/",
    "models/digits/aliases/production/",
    "models/digits/aliases/production/moves/",
    "versions/",
    "versions/{version}/",
    "datasets/",
    "datasets/{dataset}/",
    "datasets/{dataset}/versions/",
    "blobs/{blob}/",
    "tombstones/",
]
WRITES = [
    ("post", "models/"),
    ("patch", "models/digits/"),
    ("post", "models/digits/versions/"),
    ("put", "models/digits/aliases/production/"),
    ("patch", "models/digits/aliases/production/"),
    ("delete", "models/digits/aliases/production/"),
    ("delete", "models/digits/"),
    ("patch", "models/digits/versions/1/"),
    ("delete", "models/digits/versions/1/"),
    ("post", "datasets/"),
    ("patch", "datasets/{dataset}/"),
    ("delete", "datasets/{dataset}/"),
]


@pytest.fixture
def names() -> dict[str, str]:
    dataset = factories.dataset_make()
    version = factories.version_make(admitted=True, datasets={"evaluation": dataset})
    personas.client().put(
        "/api/v1/models/digits/aliases/production/",
        {"version": 1, "expected": None},
        format="json",
    )
    return {
        "version": version.public_id,
        "dataset": dataset.public_id,
        "blob": version.blob_id,
    }


def test_every_route_is_in_these_tests() -> None:
    assert len(READS) == len(urlpatterns)


@pytest.mark.parametrize("path", READS)
def test_reading(path: str, names: dict[str, str]) -> None:
    url = "/api/v1/" + path.format(**names)
    assert personas.client("anonymous").get(url).status_code == 401
    assert personas.client("stranger").get(url).status_code == 403
    assert personas.client("viewer").get(url).status_code == 200
    assert personas.client("ci_token").get(url).status_code == 200


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_changing(method: str, path: str, names: dict[str, str]) -> None:
    url = "/api/v1/" + path.format(**names)
    for who, status in (("anonymous", 401), ("stranger", 403), ("viewer", 403), ("operator", 403)):
        assert getattr(personas.client(who), method)(url).status_code == status, who


def test_a_token_that_may_only_read_changes_nothing(names: dict[str, str]) -> None:
    client = personas.token_client("engineer", ["registry.read"])
    assert client.get("/api/v1/models/").status_code == 200
    assert client.post("/api/v1/models/", {"name": "other"}).status_code == 403
