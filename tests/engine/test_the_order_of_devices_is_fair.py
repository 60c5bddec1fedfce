"""Everybody can recompute who is the canary; it is not the same device each time."""

from hypothesis import given
from hypothesis import strategies as st

from ota.engine.waves import device_order, wave_ends, wave_of

IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)
SHARES = st.lists(st.integers(1, 99), unique=True, max_size=5).map(lambda s: [*sorted(s), 100])


@given(st.text(max_size=5), IDS)
def test_it_is_a_permutation_that_ignores_the_input_order(rollout: str, ids: list[str]) -> None:
    order = device_order(rollout, ids)
    assert sorted(order) == sorted(ids)
    assert order == device_order(rollout, reversed(ids))


def test_another_rollout_has_another_canary() -> None:
    ids = [f"dev_{n}" for n in range(50)]
    canaries = {device_order(f"rol_{n}", ids)[0] for n in range(40)}
    assert len(canaries) > 15


@given(st.integers(0, 5000), SHARES)
def test_waves_cover_everybody_once(devices: int, shares: list[int]) -> None:
    ends = wave_ends(devices, shares)
    assert ends == sorted(ends)
    assert ends[-1] == devices
    waves = [wave_of(position, ends) for position in range(devices)]
    assert waves == sorted(waves)


def test_the_canary_of_a_small_group_is_not_empty() -> None:
    assert wave_ends(3, [5, 25, 100]) == [1, 1, 3]
