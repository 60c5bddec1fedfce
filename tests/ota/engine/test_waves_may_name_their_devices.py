"""Waves by count and by query: each device comes once, those that are named in their wave."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ota.engine.rules import WaveRule
from ota.engine.waves import arranged, wave_ends, wave_of

BEFORE_LAST = st.lists(
    st.one_of(
        st.builds(WaveRule, count=st.integers(1, 9)),
        st.builds(WaveRule, query=st.sampled_from(["site=lab", "site=hq"])),
        st.builds(WaveRule, share_percent=st.integers(1, 99)),
    ),
    max_size=5,
)


def test_a_count_is_beside_those_before() -> None:
    assert wave_ends(20, [WaveRule(count=3), WaveRule(count=4), WaveRule(100)]) == [3, 7, 20]


def test_a_query_takes_all_that_it_names_and_shares_count_them() -> None:
    waves = [WaveRule(query="site=lab"), WaveRule(25), WaveRule(query="site=hq"), WaveRule(100)]
    assert wave_ends(20, waves, {0: 3, 2: 6}) == [3, 5, 11, 20]


def test_named_devices_come_in_their_wave_in_the_order_drawn() -> None:
    order = ["a", "b", "c", "d", "e"]
    waves = [WaveRule(query="site=lab"), WaveRule(count=1), WaveRule(100)]
    ends = wave_ends(5, waves, {0: 2})
    assert arranged(order, ends, {"e": 0, "c": 0}) == ["c", "e", "a", "b", "d"]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), before=BEFORE_LAST, devices=st.integers(0, 40))
def test_every_device_comes_once_and_where_it_is_named(
    data: st.DataObject, before: list[WaveRule], devices: int
) -> None:
    waves = [*before, WaveRule(100)]
    order = [f"d{number}" for number in range(devices)]
    asking = [at for at, wave in enumerate(waves) if wave.query]
    drawn = data.draw(st.lists(st.sampled_from([-1, *asking]), min_size=devices, max_size=devices))
    named = {name: wave for name, wave in zip(order, drawn, strict=True) if wave >= 0}
    counts = {at: list(named.values()).count(at) for at in asking}
    ends = wave_ends(devices, waves, counts)
    found = arranged(order, ends, named)
    assert sorted(found) == sorted(order)
    assert ends[-1] == devices
    assert all(before_ <= after for before_, after in pairwise(ends))
    for position, name in enumerate(found):
        wave = wave_of(position, ends)
        assert named.get(name, wave) == wave
        assert name in named or not waves[wave].query
