"""Memory plans: blocks that live together never overlap unsafely, and no plan beats the bound."""

from hypothesis import given
from hypothesis import strategies as st

from builds.compiler.operators.common.lowered_op import Reuse
from builds.compiler.plan.drawing import draw
from builds.compiler.plan.place import direction, lower_bound, peak_of, place
from builds.compiler.plan.problem import Piece, Problem, align

lifetimes = st.tuples(st.integers(1, 400), st.integers(0, 8), st.integers(0, 4))


@st.composite
def problems(draw_value: st.DrawFn) -> Problem:
    """Draw blocks with lifetimes, and a safe overlap wherever one block dies as another begins."""
    drawn = draw_value(st.lists(lifetimes, min_size=1, max_size=9))
    blocks = tuple(
        Piece(n, f"t{n}", align(size), first, first + length)
        for n, (size, first, length) in enumerate(drawn)
    )
    reuse = {}
    for a in blocks:
        for b in blocks:
            if a.key != b.key and a.last == b.first and draw_value(st.booleans()):
                forward = draw_value(st.integers(-200, 40))
                backward = draw_value(st.one_of(st.none(), st.integers(-40, 200)))
                multiple = draw_value(st.sampled_from([1, 1, 8, 20]))
                reuse[a.key, b.key] = Reuse(a.key, b.key, forward, backward, multiple)
    return Problem(blocks, reuse, 13)


@given(problems())
def test_blocks_that_live_together_keep_apart_or_overlap_as_shown(problem: Problem) -> None:
    offsets = place(problem)
    for a in problem.blocks:
        for b in problem.blocks:
            together = a.first <= b.last and b.first <= a.last and a.key != b.key
            apart = (
                offsets[a.key] + a.size <= offsets[b.key]
                or offsets[b.key] + b.size <= offsets[a.key]
            )
            if together and not apart:
                ways = [problem.reuse.get((a.key, b.key)), problem.reuse.get((b.key, a.key))]
                assert any(r and direction(r, offsets[r.source], offsets[r.target]) for r in ways)


@given(problems())
def test_offsets_are_aligned_and_not_negative(problem: Problem) -> None:
    offsets = place(problem)
    assert set(offsets) == {b.key for b in problem.blocks}
    assert all(o >= 0 and o % 4 == 0 for o in offsets.values())


@given(problems())
def test_equal_problems_get_equal_plans(problem: Problem) -> None:
    assert place(problem) == place(problem)


@given(st.lists(lifetimes, min_size=1, max_size=9))
def test_no_plan_without_overlap_beats_the_bound(drawn: list[tuple[int, int, int]]) -> None:
    blocks = tuple(
        Piece(n, f"t{n}", align(size), first, first + length)
        for n, (size, first, length) in enumerate(drawn)
    )
    problem = Problem(blocks, {}, 13)
    assert peak_of(problem, place(problem)) >= lower_bound(problem)


def test_an_output_moves_below_its_input() -> None:
    blocks = (Piece(0, "in", 100, 0, 1), Piece(1, "out", 100, 1, 2))
    problem = Problem(blocks, {(0, 1): Reuse(0, 1, -20, 20)}, 2)
    assert lower_bound(problem) == 120
    assert peak_of(problem, place(problem)) == 120


def test_a_shorter_output_goes_in_place() -> None:
    blocks = (Piece(0, "in", 100, 0, 1), Piece(1, "out", 40, 1, 2))
    problem = Problem(blocks, {(0, 1): Reuse(0, 1, 0)}, 2)
    assert peak_of(problem, place(problem)) == lower_bound(problem) == 100


def test_directions() -> None:
    reuse = Reuse(0, 1, -8, 8)
    assert direction(reuse, 100, 92) == "forward"
    assert direction(reuse, 100, 108) == "backward"
    assert direction(reuse, 100, 100) is None
    assert direction(Reuse(0, 1, None, None), 100, 0) is None


def test_an_overlap_in_steps_is_taken_in_steps() -> None:
    reuse = Reuse(0, 1, -8, 8, multiple=8)
    assert direction(reuse, 100, 84) == "forward"
    assert direction(reuse, 100, 88) is None
    assert direction(reuse, 100, 108) == "backward"
    assert direction(reuse, 100, 112) is None


def test_the_drawing_marks_overlaps_and_names_blocks() -> None:
    text = draw([("left", 0, 64, -1, 1), ("right", 32, 64, 1, 2)], 96, 3)
    assert "#" in text
    assert "A       0 +64      steps -1..1  left" in text
    assert draw([], 0, 3) == ""
