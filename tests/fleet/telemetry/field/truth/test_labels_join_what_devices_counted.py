"""True labels over REST: each window and each sample counts once, and never beyond the device."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from fleet.access.models import AuditEntry
from fleet.lib import clock
from fleet.telemetry.ingest.counts.retention import reports_purge
from fleet.telemetry.ingest.counts.rollup import rollups_refresh
from fleet.telemetry.ingest.counts.unpack import unpacked
from fleet.telemetry.models import LabelledCount, LabelledItem, Report
from registry.models import ModelVersion
from tests.fleet.telemetry.world import Unit, registered, schema, unit
from tests.personas import client

pytestmark = pytest.mark.django_db
QUERIES = 24
CALIBRATION = {
    "total": [100] * 16,
    "correct": [6 * i + 5 for i in range(16)],
    "confusion": np.diag([100] * 4).ravel().tolist(),
}


@pytest.fixture
def version() -> ModelVersion:
    return registered(calibration=CALIBRATION).version


@pytest.fixture
def cam(version: ModelVersion) -> Unit:
    del version
    made = unit()
    made.report(150)
    rollups_refresh()
    return made


def predicted(cam: Unit) -> dict[str, int]:
    """How often each class was predicted in the device's first window."""
    frame = Report.objects.get(device=cam.row, seq=0)
    row = unpacked(frame.schema, frame.counts)
    table = row[schema().layout.confidences].reshape(4, 16).sum(axis=1)
    return dict(zip(schema().classes, map(int, table), strict=True))


def send(version: ModelVersion, who: str = "operator", **body: Any) -> Any:
    url = f"/api/v1/telemetry/versions/{version.public_id}/labels/"
    return client(who).post(url, body, format="json")


def window(cam: Unit, **changes: Any) -> dict[str, Any]:
    right = {"zero": [20, 25]}
    return {"device": cam.row.public_id, "boot": 1, "sequence": 0, "right": right} | changes


def sample(cam: Unit, number: int = 1, **changes: Any) -> dict[str, Any]:
    said = {"predicted": "zero", "confidence": 0.9, "true": "zero"}
    at = {"at": clock.now().isoformat()}
    return {"id": f"img-{number}", "device": cam.row.controller_id} | at | said | changes


def told(answer: Any) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.data
    return tuple(answer.data[name] for name in ("counted", "duplicates", "conflicts", "refused"))


def test_a_window_is_counted_beside_what_its_confidence_promised(
    version: ModelVersion, cam: Unit
) -> None:
    answer = send(version, windows=[window(cam, counts={"one": {"one": 9, "two": 1}})])
    assert told(answer) == (1, 0, 0, 0)
    assert answer.data["inferences"] == 35
    row = LabelledCount.objects.get()
    assert (row.labelled, row.correct, row.joined_by) == (35, 29, "window")
    assert row.pairs == [[0, -1, 5], [0, 0, 20], [1, 1, 9], [1, 2, 1]]
    assert row.expected == pytest.approx(35 * 0.88, abs=1)
    assert AuditEntry.objects.get(action="telemetry.labels_receive").detail["inferences"] == 35


def test_the_same_window_counts_once_and_another_content_is_told(
    version: ModelVersion, cam: Unit
) -> None:
    send(version, windows=[window(cam)])
    assert told(send(version, windows=[window(cam), window(cam)])) == (0, 2, 0, 0)
    answer = send(version, windows=[window(cam, right={"zero": [21, 25]})])
    assert told(answer) == (0, 0, 1, 0)
    assert answer.data["told"] == [
        f"Window 0 of boot 1 of '{cam.row.public_id}': it is counted with other labels."
    ]
    assert LabelledCount.objects.get().correct == 20


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sequence": 7}, "The device reported no such window for this version"),
        ({"device": "dev_none"}, "there is no such device."),
        ({"right": {"zero": [3, 2]}}, "3 right of 2 labelled of 'zero' cannot be."),
        ({"right": {"five": [1, 1]}}, "The version has no class 'five'."),
        ({"right": {"zero": [1, 5000]}}, "5000 inferences of 'zero' are labelled, the device"),
        ({"right": {}}, "No inference is labelled."),
    ],
)
def test_what_cannot_be_joined_is_refused_with_a_reason(
    version: ModelVersion, cam: Unit, changes: dict[str, Any], said: str
) -> None:
    answer = send(version, windows=[window(cam, **changes)])
    assert told(answer) == (0, 0, 0, 1)
    assert said in answer.data["told"][0]
    assert not LabelledCount.objects.exists()
    assert not LabelledItem.objects.exists()


def test_a_window_of_another_version_is_not_this_ones(version: ModelVersion, cam: Unit) -> None:
    del version
    other = registered("2.0").version
    assert told(send(other, windows=[window(cam)])) == (0, 0, 0, 1)


def test_samples_are_counted_by_your_own_ids(version: ModelVersion, cam: Unit) -> None:
    wrong = sample(cam, 2, true="two")
    assert told(send(version, samples=[sample(cam), wrong])) == (2, 0, 0, 0)
    row = LabelledCount.objects.get()
    assert (row.labelled, row.correct, row.joined_by) == (2, 1, "sample")
    assert row.expected == pytest.approx(2 * 0.89, abs=0.02)
    assert not LabelledItem.objects.filter(key__contains="img").exists()


def test_a_sample_sent_again_counts_once_whatever_is_sent_beside_it(
    version: ModelVersion, cam: Unit
) -> None:
    first = sample(cam)
    send(version, samples=[first])
    again = send(version, samples=[first, sample(cam, 2), first | {"true": "two"}])
    assert told(again) == (1, 1, 1, 0)
    assert LabelledCount.objects.get().labelled == 2


def test_no_more_samples_count_than_the_device_predicted(version: ModelVersion, cam: Unit) -> None:
    most = predicted(cam)["zero"]
    answer = send(version, samples=[sample(cam, number) for number in range(most + 3)])
    assert told(answer) == (most, 0, 0, 3)


def test_a_time_without_counts_or_yet_to_come_or_long_ago_is_refused(
    version: ModelVersion, cam: Unit
) -> None:
    moments = [timedelta(hours=-5), timedelta(hours=1), timedelta(days=-60)]
    rows = [
        sample(cam, number, at=(clock.now() + moment).isoformat())
        for number, moment in enumerate(moments)
    ]
    answer = send(version, samples=rows)
    assert told(answer) == (0, 0, 0, 3)
    said = " ".join(answer.data["told"])
    for part in ("have not arrived", "yet to come", "older than 30 days"):
        assert part in said


def test_one_hour_takes_labels_one_way_only(version: ModelVersion, cam: Unit) -> None:
    send(version, windows=[window(cam)])
    answer = send(version, samples=[sample(cam)])
    assert told(answer) == (0, 0, 0, 1)
    assert "sent by window" in answer.data["told"][0]


def test_an_idempotency_key_answers_as_before(version: ModelVersion, cam: Unit) -> None:
    url = f"/api/v1/telemetry/versions/{version.public_id}/labels/"
    rest, body = client("operator"), {"windows": [window(cam)]}
    head = {"Idempotency-Key": "labels-of-monday-0001"}
    answers = [rest.post(url, body, format="json", headers=head) for _ in range(2)]
    assert [answer.json()["counted"] for answer in answers] == [1, 1]
    assert LabelledCount.objects.get().labelled == 25


def test_who_may_send_and_who_may_read(version: ModelVersion, cam: Unit) -> None:
    for who, status in (("viewer", 403), ("stranger", 403), ("anonymous", 401)):
        assert send(version, who, windows=[window(cam)]).status_code == status
    url = f"/api/v1/telemetry/versions/{version.public_id}/labels/"
    assert client("viewer").get(url).status_code == 200
    assert client("stranger").get(url).status_code == 403


@pytest.mark.parametrize("body", [{}, {"windows": []}, {"windows": [{}]}, {"samples": [1]}])
def test_a_body_without_labels_is_refused(version: ModelVersion, body: dict[str, Any]) -> None:
    assert send(version, **body).status_code == 400


def test_too_many_items_are_refused(version: ModelVersion, cam: Unit) -> None:
    assert send(version, windows=[window(cam)] * 501).status_code == 400


def test_many_windows_cost_as_many_queries_as_few(
    version: ModelVersion, cam: Unit, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        cam.report(50)
    rows = [window(cam, sequence=number, right={"zero": [1, 1]}) for number in range(20)]
    rest = client("operator")
    url = f"/api/v1/telemetry/versions/{version.public_id}/labels/"
    with django_assert_max_num_queries(QUERIES):
        assert rest.post(url, {"windows": rows}, format="json").json()["counted"] == 20


def test_notes_of_labelled_windows_outlive_their_reports(version: ModelVersion, cam: Unit) -> None:
    send(version, windows=[window(cam)])
    for days, reports, items in ((31, 0, 1), (60, 0, 0)):
        with clock.fixed(clock.now() + timedelta(days=days)):
            reports_purge()
            assert (Report.objects.count(), LabelledItem.objects.count()) == (reports, items)
    assert LabelledCount.objects.count() == 1
