"""The Range header: which bytes, the whole file, or a refusal; never anything outside the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.web.ranges import RANGES_MAX, Span, Unsatisfiable, parse_ranges

MANY = "bytes=" + ",".join(f"{n}-{n}" for n in range(RANGES_MAX + 1))


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-99", Span(0, 99)),
        ("bytes=50-", Span(50, 99)),
        ("bytes=-1", Span(99, 99)),
        ("bytes=-500", Span(0, 99)),
        ("bytes=90-500", Span(90, 99)),
        (" Bytes = 1 - 2 ", Span(1, 2)),
    ],
)
def test_one_range(header: str, span: Span) -> None:
    assert parse_ranges(header, 100) == (span,)


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-1,5-6", (Span(0, 1), Span(5, 6))),
        ("bytes= 50-59 , 0-0 ,-1", (Span(50, 59), Span(0, 0), Span(99, 99))),
        ("bytes=0-1,500-", (Span(0, 1),)),
        ("bytes=,0-1, ,", (Span(0, 1),)),
    ],
)
def test_several_ranges(header: str, spans: tuple[Span, ...]) -> None:
    assert parse_ranges(header, 100) == spans


@pytest.mark.parametrize(
    "header", ["items=0-1", "", "seconds", "bytes=0-9,5-19", "bytes=0-,-1", MANY]
)
def test_what_is_answered_with_the_whole_file(header: str) -> None:
    assert parse_ranges(header, 100) == ()


@pytest.mark.parametrize(
    "header",
    [
        "bytes=100-",
        "bytes=5-4",
        "bytes=-0",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=",
        "bytes=,",
        "bytes=7-8,x",
        "bytes=100-,200-",
    ],
)
def test_what_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_ranges(header, 100)


def test_an_empty_file_has_no_range() -> None:
    for header in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(Unsatisfiable):
            parse_ranges(header, 0)


@given(st.text(alphabet="bytes=-0123456789, ", max_size=60) | st.text(), st.integers(0, 2**40))
def test_spans_lie_inside_the_file_and_never_exceed_it(header: str, size: int) -> None:
    try:
        spans = parse_ranges(header, size)
    except Unsatisfiable:
        return
    assert all(0 <= span.first <= span.last < size for span in spans)
    assert sum(span.length for span in spans) <= size
