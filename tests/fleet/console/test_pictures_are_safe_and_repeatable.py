"""Pictures are well-formed, escape what they show, and equal numbers give equal bytes."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.console.present.memory_plan import plan_picture
from fleet.console.svg.bars import label_step, paired_bars, shares, stacked
from fleet.console.svg.curve import curve
from fleet.console.svg.heat import heat_map
from fleet.console.svg.memory import Box, memory_plan

SVG = "{http://www.w3.org/2000/svg}"
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


def rects(svg: str, css: str) -> list[ElementTree.Element]:
    return [e for e in ElementTree.fromstring(svg).iter(f"{SVG}rect") if e.get("class") == css]


@given(NAMES, COUNTS)
def test_bars_are_well_formed_whatever_the_names_and_counts(name: str, counts: list[int]) -> None:
    svg = paired_bars(name, [name] * len(counts), counts, list(reversed(counts)))
    assert len(rects(svg, "ref")) == len(rects(svg, "live")) == len(counts)
    assert all(float(bar.get("height", "-1")) >= 0 for bar in rects(svg, "live"))
    assert svg == paired_bars(name, [name] * len(counts), counts, list(reversed(counts)))


def test_a_name_cannot_become_markup() -> None:
    svg = stacked("<script>alert(1)</script>", [("<b>", 3, "good")])
    assert "<script" not in svg
    assert "&lt;b&gt;: 3" in svg


def test_each_distribution_is_scaled_to_its_own_sum() -> None:
    small = paired_bars("x", ["a", "b"], [1, 3], [100, 300])
    heights = [bar.get("height") for css in ("ref", "live") for bar in rects(small, css)]
    assert heights[:2] == heights[2:]


def test_different_bins_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_bars("x", ["a"], [1], [1, 2])


def test_nothing_to_show_shows_nothing() -> None:
    assert shares([0, 0]) == [0.0, 0.0]
    assert shares([]) == []
    assert rects(stacked("empty", []), "good") == []
    assert "polyline" in curve("empty", [])


def test_pieces_fill_the_bar() -> None:
    widths = [
        float(piece.get("width", "0"))
        for css in ("good", "bad")
        for piece in rects(stacked("x", [("a", 3, "good"), ("b", 1, "bad")]), css)
    ]
    assert widths == [360.0, 120.0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0.01, 1e6))
def test_a_curve_has_a_dot_a_value_and_its_limit(values: list[float], limit: float) -> None:
    svg = curve("psi", [(str(i), value) for i, value in enumerate(values)], limit=limit)
    assert len(rects(svg, "dot")) == len(values)
    assert f"limit {limit:g}" in svg


def test_a_plan_has_a_box_a_tensor_within_the_arena() -> None:
    boxes = [Box("input", 0, 64, 0, 1), Box("conv & pool", 64, 32, 1, 2)]
    svg = memory_plan(boxes, 96)
    (first,), (second,) = rects(svg, "tensor-0"), rects(svg, "tensor-1")
    top = float(second.get("y", "0"))
    bottom = float(first.get("y", "0")) + float(first.get("height", "0"))
    assert top < float(first.get("y", "0")) < bottom
    assert "conv &amp; pool: 32 B at 64, steps 1 to 2" in svg
    assert "peak 96 bytes" in svg


def test_labels_below_bars_never_overlap() -> None:
    assert label_step(["1", "2"], 48.0) == 1
    assert label_step(["1349…1440"] * 12, 40.0) == 2
    assert label_step([], 40.0) == 1


def test_a_heat_map_has_a_cell_a_value_and_warms_with_it() -> None:
    values = [0.0, 0.06, 0.12, 0.3, 9.0, None]
    times = [str(index) for index in range(6)]
    svg = heat_map("psi", times, [("a & b", values)], warning=0.1, critical=0.25)
    shades = [f"heat-{index}" for index in range(5)] + ["heat-none"]
    assert [len(rects(svg, css)) for css in shades] == [1] * 6
    assert "a &amp; b at 4: PSI 9.000" in svg
    assert "no data" in svg


def test_a_heat_map_of_nothing_is_a_picture() -> None:
    assert rects(heat_map("psi", [], [], warning=0.1, critical=0.25), "heat-0") == []


def test_a_report_becomes_its_memory_plan() -> None:
    tensor = {"name": "a;b", "offset": 0, "size": 64, "first": -1, "last": 0, "scratch": False}
    picture = plan_picture({"plan": {"peak_bytes": 64}, "memory": [tensor]})
    assert picture is not None
    assert "a: 64 B at 0, steps 0 to 1" in picture
    assert plan_picture({}) is None
