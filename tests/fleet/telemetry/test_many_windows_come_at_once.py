"""A backlog in one request: each window counts once, and none holds up another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.frame import (
    SEQUENCE_FRAMES,
    SEQUENCE_TYPE,
    encode_frame,
    split_frames,
)
from device_agent.protocol.telemetry import Ack
from fleet.lib.errors import Conflict, Refused, Unprocessable
from fleet.telemetry.ingest.many import reports_ingest
from fleet.telemetry.ingest.report import report_ingest
from fleet.telemetry.models import Ledger, Refusal, Report
from tests.fleet.telemetry.world import Unit, registered, unit

pytestmark = pytest.mark.django_db
SEEN = ("boot_id", "seq", "samples", "flags", "error_seconds", "bucket_at")


@pytest.fixture
def cam() -> Unit:
    registered()
    return unit()


def frames(cam: Unit, count: int, **changes: Any) -> list[bytes]:
    """The next windows."""
    return [encode_frame(cam.frame(**changes)) for _ in range(count)]


def sent(cam: Unit, bodies: list[bytes]) -> Any:
    """All of them in one request."""
    return cam.machine.client().post(
        f"/device/v1/telemetry/{cam.row.controller_id}",
        b"".join(bodies),
        content_type=SEQUENCE_TYPE,
        headers={"X-Uptime-Now": "1000"},
    )


def test_all_of_them_count_once(cam: Unit) -> None:
    bodies = frames(cam, 5)
    first, again = sent(cam, bodies), sent(cam, bodies[2:])
    assert [each["dup"] for each in first.data["windows"]] == [False] * 5
    assert [each["dup"] for each in again.data["windows"]] == [True] * 3
    assert again.data["windows"][0]["high_seq"] == 4
    assert Report.objects.count() == 5
    assert Ledger.objects.get().received == [[0, 4]]


def test_a_window_twice_in_one_request_counts_once(cam: Unit) -> None:
    (body,) = frames(cam, 1)
    answers = sent(cam, [body, body]).data["windows"]
    assert [each["dup"] for each in answers] == [False, True]
    assert Report.objects.count() == 1


def test_bad_ones_have_their_own_refusal_and_hold_up_no_other(cam: Unit) -> None:
    good, other = frames(cam, 2)
    cam.seq -= 1
    same_number = encode_frame(cam.frame(samples=151))
    unknown = encode_frame(cam.frame(schema_id=b"none"))
    answers = reports_ingest(
        device=cam.row,
        bodies=[good, b"\x81\x00", unknown, other, same_number],
        uptime_s=1000,
        boot_id=None,
    )
    kinds = [type(answer) for answer in answers]
    assert kinds == [Ack, Refused, Unprocessable, Ack, Conflict]
    assert Report.objects.count() == 2
    assert set(Refusal.objects.values_list("code", flat=True)) == {
        "other_content",
        "unknown_schema",
    }


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4)), min_size=1, max_size=12))
def test_they_are_placed_and_counted_as_one_after_the_other(order: list[tuple[int, int]]) -> None:
    registered_once()
    one, many = unit(f"one-{Report.objects.count()}-{Ledger.objects.count()}"), None
    many = unit(f"many-{one.row.pk}", seed=1)
    windows = [one.frame(boot_id=boot, seq=seq) for boot, seq in order]
    bodies = [encode_frame(window) for window in windows]
    alone = [outcome(one, body) for body in bodies]
    together = reports_ingest(device=many.row, bodies=bodies, uptime_s=1000, boot_id=3)
    assert [shown(answer) for answer in together] == alone
    assert rows(one) == rows(many)


def registered_once() -> None:
    """The schema, which examples share."""
    from fleet.telemetry.models import TelemetrySchema

    if not TelemetrySchema.objects.exists():
        registered()


def outcome(cam: Unit, body: bytes) -> object:
    """What a single request answers."""
    try:
        return shown(report_ingest(device=cam.row, body=body, uptime_s=1000, boot_id=3))
    except Conflict as error:
        return shown(error)


def shown(answer: object) -> object:
    """An answer without the time."""
    return (answer.dup, answer.high_seq) if isinstance(answer, Ack) else type(answer)


def rows(cam: Unit) -> list[tuple[Any, ...]]:
    """What is stored of a device."""
    ledgers = Ledger.objects.filter(device=cam.row).order_by("boot_id")
    told = Report.objects.filter(device=cam.row).order_by("boot_id", "seq")
    kept = ledgers.values_list("boot_id", "high_seq", "received")
    return [*kept, *told.values_list(*SEEN)]


def test_a_sequence_is_bounded_and_refused_whole_where_it_is_none(cam: Unit) -> None:
    with pytest.raises(ProtocolError, match="at most"):
        split_frames(b"\x80" * (SEQUENCE_FRAMES + 1))
    assert sent(cam, [b"\xff\xff"]).status_code == 400
    assert sent(cam, [b""]).status_code == 400
    assert not Report.objects.exists()


def test_each_window_costs_the_devices_budget(cam: Unit, settings: Any) -> None:
    settings.EDGEFLEET_TELEMETRY_PER_MINUTE = 5
    assert sent(cam, frames(cam, 4)).status_code == 200
    answer = sent(cam, frames(cam, 2))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 61
    assert Report.objects.count() == 4
