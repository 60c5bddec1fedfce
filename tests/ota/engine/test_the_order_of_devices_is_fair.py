"""Everybody can recompute who is the canary; it is not the same device each time."""

from hypothesis import given
from hypothesis import strategies as st

from ota.engine.rules import WaveRule
from ota.engine.waves import device_order, spread, wave_ends, wave_of

IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)
WAVES = st.lists(
    st.builds(WaveRule, share_percent=st.integers(1, 99), min_devices=st.integers(1, 9)),
    unique_by=lambda wave: wave.share_percent,
    max_size=5,
).map(lambda waves: [*sorted(waves, key=lambda wave: wave.share_percent or 0), WaveRule(100)])


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


def turns(order: list[str], values: dict[str, list[str]], depth: int = 0) -> list[int]:
    """How often the value of each device came before."""
    told = [values[name][depth] for name in order]
    return [told[:at].count(value) for at, value in enumerate(told)]


@given(st.text(max_size=5), st.dictionaries(st.text(max_size=4), st.sampled_from("abc")))
def test_no_site_comes_twice_before_all_came_once(rollout: str, sites: dict[str, str]) -> None:
    values = {name: [site] for name, site in sites.items()}
    order = spread(device_order(rollout, sites), values)
    assert sorted(order) == sorted(sites)
    assert turns(order, values) == sorted(turns(order, values))


@given(st.text(max_size=5), st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))))
def test_within_a_site_its_lines_are_spread_too(rollout: str, places: set[tuple[str, str]]) -> None:
    values = {f"{site}{line}{n}": [site, line] for site, line in places for n in range(3)}
    order = spread(device_order(rollout, values), values)
    assert turns(order, values) == sorted(turns(order, values))
    for site in "ab":
        here = [name for name in order if values[name][0] == site]
        assert turns(here, values, 1) == sorted(turns(here, values, 1))


def test_those_that_went_first_the_last_time_come_later() -> None:
    ids = [f"dev_{n}" for n in range(6)]
    before = set(device_order("rol_1", ids)[:2])
    assert set(device_order("rol_2", ids, before)[4:]) == before
    assert device_order("rol_2", ids[:1], ids[:1]) == ids[:1]
