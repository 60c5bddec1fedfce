"""How long a wave takes at its caps, its pace and its windows."""

from datetime import UTC, datetime, timedelta

import pytest

from ota.delivery.window import MaintenanceWindow, parse_window
from ota.engine.rules import Freeze, Rules, WaveRule
from ota.planning.estimate import WaveLoad, wave_times, work_seconds

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ONE = (WaveRule(100),)


@pytest.mark.parametrize(
    ("devices", "rules", "seconds"),
    [
        (100, Rules(ONE, (), max_in_flight=50), 200),
        (101, Rules(ONE, (), max_in_flight=50), 300),
        (1, Rules(ONE, (), max_in_flight=50), 100),
        (60, Rules(ONE, (), max_in_flight=60, starts_per_minute=6), 690),
        # 2, 4, 8, 8 and the rest.
        (24, Rules(ONE, (), max_in_flight=8, in_flight_first=2), 500),
    ],
)
def test_caps_and_pace_make_the_time(devices: int, rules: Rules, seconds: float) -> None:
    assert work_seconds(devices, rules, 0, 100) == seconds


def test_a_window_ends_a_wave_the_next_night() -> None:
    window = parse_window("0 0 2 * * ?", "02:00:00", "UTC")
    (times,) = wave_times([WaveLoad(10, {window: 10})], Rules(ONE, ()), NOON, 600) or []
    assert times.ends_at == datetime(2026, 5, 2, 2, 10, tzinfo=UTC)


def test_the_last_zone_ends_a_wave() -> None:
    zones: dict[MaintenanceWindow | None, int] = {
        parse_window("0 0 2 * * ?", "02:00:00", zone): 5 for zone in ("+00:00", "-05:00")
    }
    (times,) = wave_times([WaveLoad(10, zones)], Rules(ONE, ()), NOON, 600) or []
    assert times.ends_at == datetime(2026, 5, 2, 7, 10, tzinfo=UTC)


def test_a_window_that_is_never_open_has_no_end() -> None:
    never = parse_window("0 0 2 30 2 ?", "02:00:00", "UTC")
    assert wave_times([WaveLoad(1, {never: 1})], Rules(ONE, ()), NOON, 600) is None


def test_a_freeze_moves_what_comes_after_it() -> None:
    waves = (WaveRule(50), WaveRule(100))
    freeze = Freeze(NOON + timedelta(minutes=5), NOON + timedelta(days=10))
    rules = Rules(waves, (), freezes=(freeze,))
    loads = [WaveLoad(1, {None: 1}), WaveLoad(1, {None: 1})]
    first, second = wave_times(loads, rules, NOON, 600) or []
    assert first.ends_at == NOON + timedelta(minutes=10)
    assert second.begins_at == freeze.ends


def test_gates_that_need_longer_than_the_soak_are_waited_for() -> None:
    rules = Rules(ONE, (), soak_seconds=60)
    (times,) = wave_times([WaveLoad(1, {None: 1})], rules, NOON, 40, judged_seconds=7200) or []
    assert times.ends_at == NOON + timedelta(seconds=7240)
