"""What each look of a gate found is kept, once a bucket, in bounded numbers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ota.engine.looks import ROWS_MAX, superfluous
from ota.models import GateLook
from ota.rollouts import looks
from tests import personas
from tests.fleet.console import factories
from tests.fleet.console.factories import STEP
from tests.ota import makers

QUERIES_MAX = 24  # of the whole page, whatever the number of looks and devices
VERDICTS = st.sampled_from(["pass", "fail", "inconclusive"])


@pytest.fixture(autouse=True)
def by_the_minute(db: None, tmp_path: Any, settings: Any) -> None:
    del db
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    settings.EDGEFLEET_ROLLUP_SECONDS = STEP


def test_a_harmful_release_is_drawn_from_doubt_to_failure() -> None:
    field = factories.judged()
    field.steps(6, {"sure": -3.0})
    last = GateLook.objects.filter(rollout=field.rollout, metric="confidence").latest("at")
    assert last.verdict == "fail"
    assert last.estimate is not None
    assert last.high is not None
    assert last.estimate < -0.05
    assert last.high < 0
    names = set(GateLook.objects.values_list("metric", flat=True))
    assert names >= {"", "confidence", "estimated accuracy", "latency", "golden vectors and trial"}


def test_a_look_is_kept_once_a_bucket() -> None:
    field = factories.judged(past=13)
    field.steps(2)
    kept = GateLook.objects.filter(rollout=field.rollout, metric="").count()
    looks.looks_record(
        field.rollout,
        field.rollout.waves.get(index=0),
        "telemetry",
        [{"metric": "", "verdict": "pass", "sentence": "again"}],
        GateLook.objects.latest("at").at,
    )
    assert GateLook.objects.filter(rollout=field.rollout, metric="").count() == kept


def test_looks_are_read_over_rest_and_by_metric() -> None:
    field = factories.judged(past=13)
    field.steps(3)
    client = personas.client("viewer")
    address = f"/api/v1/rollouts/{field.rollout.public_id}/looks/"
    found = client.get(address, {"metric": "confidence"}).json()["results"]
    assert [each["metric"] for each in found] == ["confidence"] * len(found)
    assert found[-1]["low"] <= found[-1]["estimate"] <= found[-1]["high"]
    assert found[-1]["sentence"]


@given(st.lists(VERDICTS, min_size=1, max_size=3 * ROWS_MAX))
def test_thinning_bounds_what_is_kept_and_keeps_both_ends(verdicts: list[str]) -> None:
    kept: list[int] = []
    for at in range(len(verdicts)):
        kept.append(at)
        gone = set(superfluous([verdicts[each] for each in kept]))
        kept = [each for place, each in enumerate(kept) if place not in gone]
        assert len(kept) <= ROWS_MAX
    assert (kept[0], kept[-1]) == (0, len(verdicts) - 1)


def test_the_page_draws_all_looks_in_a_few_queries(django_assert_max_num_queries: Any) -> None:
    field = factories.judged(past=13)
    field.steps(4)
    client, address = personas.client("viewer"), f"/console/rollouts/{field.rollout.public_id}"
    with django_assert_max_num_queries(QUERIES_MAX):
        text = client.get(address).content.decode()
    assert text.count("over time</title>") >= 8
    part = client.get(address, {"part": "looks"}).content.decode()
    assert "<html" not in part
    assert "What each gate saw" in part


def test_a_rollout_without_a_look_says_what_one_needs() -> None:
    device, rollout, _ = makers.lonely(gates=["telemetry"], soak_seconds=60)
    del device
    GateLook.objects.all().delete()
    text = personas.client("viewer").get(f"/console/rollouts/{rollout.public_id}").content.decode()
    assert "Nothing was looked at yet" in text
    assert "both need to report, from before the update on" in text
