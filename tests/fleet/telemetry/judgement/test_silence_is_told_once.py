"""Who is missed, and what explains it."""

import numpy as np

from fleet.telemetry.judgement.telling.silence import Shared, Silences, explained

SITES = [[f"site={'ab'[i // 10]}", f"lot={i % 3}"] for i in range(20)]


def causes(silent: list[int], **known: list[str]) -> list[tuple[str, str]]:
    return [(each.level, each.cause) for each in explained(silent, Shared(SITES), **known)]


def test_single_devices_are_told_alone() -> None:
    assert causes([]) == []
    assert causes([1, 12]) == [("device", "1"), ("device", "12")]


def test_a_place_is_told_instead_of_its_devices() -> None:
    assert causes([0, 1, 2, 3, 4, 5, 15]) == [("label", "site=a"), ("device", "15")]


def test_a_value_that_is_as_silent_elsewhere_explains_nothing() -> None:
    silent = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert causes(silent) == [("fleet", "fleet")]


def test_what_is_known_to_be_gone_explains_few_devices_too() -> None:
    assert causes([3], gone=["site=a"]) == [("label", "site=a")]


def test_what_was_told_stands_until_few_are_left() -> None:
    assert causes([0, 1, 2]) == [("device", "0"), ("device", "1"), ("device", "2")]
    assert causes([0, 1, 2], before=["site=a"]) == [("label", "site=a")]
    assert causes([0], before=["site=a"]) == [("device", "0")]


def test_steps_open_and_close_one_silence_of_a_place() -> None:
    silences = Silences(SITES, step_hours=1.0)
    for step in range(100):
        seen = np.ones(20, bool)
        seen[:10] = not 20 <= step < 60
        seen[19] = False  # never heard
        silences.step(seen)
    (told,) = silences.told
    assert (told.level, told.cause, told.opened, told.closed) == ("label", "site=a silent", 43, 60)
    assert told.devices == tuple(range(10))


def test_long_windows_need_three_of_them() -> None:
    silences = Silences([["a=b"]], step_hours=24.0)
    for step in range(9):
        silences.step(np.array([step < 4]))
    assert [each.opened for each in silences.told] == [6]


def test_who_is_often_away_is_missed_later() -> None:
    silences = Silences([["a=b"]], step_hours=1.0)
    for step in range(200):
        silences.step(np.array([step < 10 or 50 <= step < 60]))
    assert [(each.opened, each.closed) for each in silences.told] == [(33, 50), (119, None)]
