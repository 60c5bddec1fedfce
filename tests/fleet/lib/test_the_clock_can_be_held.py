"""Time is asked in one place, and a test can hold it still."""

from datetime import UTC, datetime, timedelta

import pytest

from fleet.lib import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_now_is_aware_and_moves_on() -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second


def test_a_held_clock_stands_still_and_is_let_go() -> None:
    with clock.fixed(NOON):
        assert clock.now() == NOON
        with clock.fixed(NOON + timedelta(hours=1)):
            assert clock.now() == NOON + timedelta(hours=1)
        assert clock.now() == NOON
    assert clock.now() != NOON


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"), clock.fixed(NOON.replace(tzinfo=None)):
        pass
