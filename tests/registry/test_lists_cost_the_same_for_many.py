"""The number of queries of a page does not grow with its rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import services
from tests import personas
from tests.registry import factories

pytestmark = pytest.mark.django_db
# Queries beyond those of the session and the caller's rights; change on purpose only.
COUNTS = {
    "/api/v1/models/": 2,
    "/api/v1/models/digits/versions/": 7,
    "/api/v1/versions/": 5,
    "/api/v1/models/digits/versions/1/": 5,
    "/api/v1/models/digits/aliases/": 3,
    "/api/v1/datasets/": 1,
}


def fill(start: int, stop: int) -> None:
    for seed in range(start, stop):
        dataset = factories.dataset_make(name=f"d{seed}", seed=seed)
        version = factories.version_make(seed=seed, admitted=True, datasets={"evaluation": dataset})
        services.alias_move(
            model=version.model, name=f"a{seed}", to=version, expected=None, by=personas.SYSTEM
        )
        services.evaluation_record(
            version=version,
            dataset=dataset,
            engine="int8",  # type: ignore[arg-type]
            metrics={"accuracy": 1.0},
            by=personas.SYSTEM,
        )


def queries(url: str) -> int:
    client = personas.client("viewer")
    client.get("/api/v1/models/")  # the session is there, what is cached is cached
    with CaptureQueriesContext(connection) as baseline:
        client.get(f"/api/v1/blobs/{'0' * 64}/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured) - (len(baseline) - 1)


@pytest.mark.parametrize("url", COUNTS)
def test_the_count_is_known_and_constant(url: str) -> None:
    fill(1, 3)
    few = queries(url)
    fill(3, 6)
    assert queries(url) == few == COUNTS[url]
