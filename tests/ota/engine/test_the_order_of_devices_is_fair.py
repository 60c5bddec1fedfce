"""Everybody can recompute who is the canary; it is not the same device each time."""

from hypothesis import given
from hypothesis import strategies as st

from ota.engine.rules import WaveRule
from ota.engine.waves import device_order, wave_ends, wave_of

IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)
WAVES = st.lists(
    st.builds(WaveRule, share_percent=st.integers(1, 99), min_devices=st.integers(1, 9)),
    unique_by=lambda wave: wave.share_percent,
    max_size=5,
).map(lambda waves: [*sorted(waves, key=lambda wave: wave.share_percent), WaveRule(100)])


@given(st.text(max_size=5), IDS)
def test_it_is_a_permutation_that_ignores_the_input_order(rollout: str, ids: list[str]) -> None:
    order = device_order(rollout, ids)
    assert sorted(order) == sorted(ids)
    assert order == device_order(rollout, reversed(ids))


def test_another_rollout_has_another_canary() -> None:
    ids = [f"dev_{n}" for n in range(50)]
    canaries = {device_order(f"rol_{n}", ids)[0] for n in range(40)}
    assert len(canaries) > 15


@given(st.integers(0, 500), WAVES)
def test_waves_cover_everybody_once(devices: int, waves: list[WaveRule]) -> None:
    ends = wave_ends(devices, waves)
    assert ends == sorted(ends)
    assert ends[-1] == devices
    order = [wave_of(position, ends) for position in range(devices)]
    assert order == sorted(order)


def test_the_canary_of_a_small_group_is_not_empty() -> None:
    assert wave_ends(3, [WaveRule(5), WaveRule(25), WaveRule(100)]) == [1, 1, 3]


def test_a_wave_may_ask_for_enough_devices_to_judge() -> None:
    waves = [WaveRule(5, min_devices=2), WaveRule(25), WaveRule(100)]
    assert wave_ends(8, waves) == [2, 2, 8]
    assert wave_ends(1, waves) == [1, 1, 1]
    assert wave_ends(1000, waves) == [50, 250, 1000]
