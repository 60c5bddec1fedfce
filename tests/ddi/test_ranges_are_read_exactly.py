"""The Range header: which bytes, the whole file, or a refusal; never anything outside the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ota.ddi.ranges import Span, Unsatisfiable, parse_range


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
    assert parse_range(header, 100) == span


@pytest.mark.parametrize("header", ["items=0-1", "bytes=0-1,5-6", "", "seconds"])
def test_what_is_answered_with_the_whole_file(header: str) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize(
    "header", ["bytes=100-", "bytes=5-4", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=1", "bytes="]
)
def test_what_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 100)


def test_an_empty_file_has_no_range() -> None:
    for header in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(Unsatisfiable):
            parse_range(header, 0)


@given(st.text(alphabet="bytes=-0123456789, ", max_size=30) | st.text(), st.integers(0, 2**40))
def test_a_span_lies_inside_the_file(header: str, size: int) -> None:
    try:
        span = parse_range(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.first <= span.last < size
