"""`/api/v1/versions-compare/`: any number of versions, with their builds, in one call."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from builds.models import Build, Int8Model
from builds.selectors import columns_of
from registry.models import ModelVersion
from registry.selectors import versions_by_id
from tests import personas
from tests.builds import makers
from tests.registry import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/versions-compare/"


def versions(count: int) -> list[ModelVersion]:
    made = []
    for number in range(1, count + 1):
        version = makers.version(factories.tflite_bytes(number + 1), f"{number}.0")
        makers.run(makers.request(version))
        made.append(version)
    return made


def asked(*found: ModelVersion, who: str = "viewer") -> Any:
    words = ",".join(version.public_id for version in found)
    return personas.client(who).get(URL, {"versions": words})


def test_three_versions_in_one_call() -> None:
    found = versions(3)
    answer = asked(*found)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert [column["label"] for column in body["columns"]] == ["1.0", "2.0", "3.0"]
    rows = {(row["part"], row["name"]): row for row in body["rows"]}
    assert len(set(rows["File", "sha256"]["values"])) == 3
    assert rows["Quality", "accuracy, int8"]["values"] == [0.97] * 3
    assert rows["Build for cortex-m4f", "flash"]["unit"] == "bytes"
    assert rows["Build for cortex-m4f", "state"]["values"] == ["succeeded"] * 3


def test_one_alone_too_many_and_unknown_ones_are_refused() -> None:
    (one,) = versions(1)
    assert asked(one).status_code == 400
    assert personas.client("viewer").get(URL, {"versions": "digits"}).status_code == 400
    many = ",".join(f"ver_{number}" for number in range(13))
    refused = personas.client("viewer").get(URL, {"versions": many})
    assert "2 to 12 versions" in refused.json()["detail"]
    unknown = personas.client("viewer").get(URL, {"versions": f"{one.public_id},ver_x"})
    assert unknown.status_code == 404


def test_a_token_for_builds_alone_reads_no_versions() -> None:
    one, two = versions(2)
    client = personas.token_client(scopes=("builds.read",))
    answer = client.get(URL, {"versions": f"{one.public_id},{two.public_id}"})
    assert answer.status_code == 403


def test_what_was_found_of_each_class_comes_from_the_confusion() -> None:
    version = makers.version()
    row = Int8Model.objects.get(version=version)
    row.pk, row.recipe_digest, row._state.adding = None, "another", True
    # Rows are predictions, columns are truths: 8 of 10 a, all 4 b, no c.
    row.confidence_calibration = {"confusion": [8, 0, 0, 2, 4, 0, 0, 0, 0]}
    row.save()
    (column,) = columns_of(versions_by_id([version.public_id]))
    assert column.recall == {"a": 0.8, "b": 1.0}


def test_a_network_comes_from_the_newest_build_that_tells_it(
    django_assert_max_num_queries: Any,
) -> None:
    found = versions(2)
    network = [{"kind": "SOFTMAX", "shape": [1, 3], "dtype": "int8", "weights": []}]
    for build in Build.objects.all():
        Build.objects.filter(pk=build.pk).update(report={**(build.report or {}), "graph": network})
    read = versions_by_id([version.public_id for version in found])
    with django_assert_max_num_queries(3) as queries:
        columns = columns_of(read)
    assert isinstance(queries, CaptureQueriesContext)
    assert [column.graph for column in columns] == [network, network]
    body = asked(*found).json()
    assert body["operators"] == [{"kind": "SOFTMAX", "operators": network * 2, "differs": []}]
