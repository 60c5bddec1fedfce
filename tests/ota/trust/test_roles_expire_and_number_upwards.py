"""Version numbers, lives and alarms, as pure functions."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ota.trust.tuf.roles import (
    ALARMS,
    EPOCH,
    RESIGN_LEFT,
    TOP,
    AlarmLevel,
    Validity,
    alarm_of,
    key_role,
    model_pattern,
    model_role,
    target_path,
    version_next,
)

SECONDS = st.integers(0, 100 * 365 * 86_400)
ROLES = st.sampled_from(["targets", "snapshot", "timestamp", "model-digits"])


@given(ROLES, SECONDS, st.integers(0, 2**40))
def test_a_version_is_always_above_what_was_published(role: str, at: int, published: int) -> None:
    now = EPOCH + timedelta(seconds=at)
    assert version_next(role, published=published, now=now) > published


@given(ROLES, SECONDS, st.lists(st.integers(1, 10_000), max_size=20))
def test_a_restored_database_never_leads_to_a_lower_version(
    role: str, start: int, pauses: list[int]
) -> None:
    """At most one signature a second: all memory lost, the next version is still higher."""
    at, published = start, 0
    for pause in pauses:
        at += pause
        now = EPOCH + timedelta(seconds=at)
        published = version_next(role, published=published, now=now)
    after = EPOCH + timedelta(seconds=at + 1)
    assert version_next(role, published=0, now=after) > published


def test_roots_count_by_one() -> None:
    assert version_next("root", published=4, now=EPOCH + timedelta(days=99)) == 5


@given(st.floats(0, 1.5))
def test_alarms_come_at_a_half_a_quarter_and_a_tenth(gone: float) -> None:
    validity = Validity("timestamp", 1, EPOCH, EPOCH + timedelta(days=100))
    now = EPOCH + timedelta(days=100) * gone
    alarm, left = alarm_of(validity, now), validity.left(now)
    expected = (
        AlarmLevel.CRITICAL
        if left <= 0.1
        else AlarmLevel.WARNING
        if left <= 0.25
        else AlarmLevel.NOTICE
        if left <= 0.5
        else None
    )
    assert (alarm.level if alarm else None) == expected


def test_what_is_due_is_signed_before_any_alarm() -> None:
    assert max(share for share, _ in ALARMS) < RESIGN_LEFT


def test_a_model_named_root_is_no_role() -> None:
    assert model_role("root") not in TOP
    assert key_role(model_role("root")) == "models"


def test_an_alarm_says_what_ends_when() -> None:
    validity = Validity("snapshot", 7, EPOCH, EPOCH + timedelta(days=10))
    soon = alarm_of(validity, EPOCH + timedelta(days=9))
    over = alarm_of(validity, EPOCH + timedelta(days=11))
    assert str(soon) == "snapshot version 7 expires 2026-01-11 00:00 (10% of its validity)"
    assert str(over) == "snapshot version 7 has expired (0% of its validity)"


def test_a_path_has_four_parts() -> None:
    path = target_path(model="m", version="1.0", target="t", filename="f")
    assert path == "m/1.0/t/f"
    assert model_pattern("m").count("/") == path.count("/")
