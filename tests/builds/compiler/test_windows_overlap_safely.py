"""The distances between input and output of a sliding window.

Checked by playing every read and write.
"""

from hypothesis import assume, given
from hypothesis import strategies as st

from builds.compiler.operators.common.window import SlidingWindow, window_reuse

size = st.integers(1, 7)


@st.composite
def windows(draw: st.DrawFn) -> SlidingWindow:
    """Draw a window of any geometry."""
    in_h, in_w = draw(size), draw(size)
    taps, strides = (draw(st.integers(1, 4)), draw(st.integers(1, 4))), (draw(size), draw(size))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    pads = (draw(st.integers(0, 3)), draw(st.integers(0, 3)))
    out = (draw(size), draw(size))
    return SlidingWindow(
        in_h, in_w, draw(st.integers(1, 4)), *out, *taps, *strides, *dilation, *pads
    )


def reads(w: SlidingWindow, pixel: int) -> set[int]:
    """Offsets of the input that an output pixel needs."""
    y, x = divmod(pixel, w.out_w)
    found = set()
    for ky in range(w.k_h):
        for kx in range(w.k_w):
            row = y * w.stride_h - w.pad_h + ky * w.dilation_h
            column = x * w.stride_w - w.pad_w + kx * w.dilation_w
            if 0 <= row < w.in_h and 0 <= column < w.in_w:
                at = (row * w.in_w + column) * w.in_c
                found |= set(range(at, at + w.in_c))
    return found


def is_safe(
    w: SlidingWindow, channels: int, shift: int, block: int, *, first: bool, back: bool
) -> bool:
    """Play the kernel with the output `shift` above the input.

    Tell whether a read finds its input intact.
    """
    pixels = list(range(w.out_h * w.out_w))
    order = pixels[::-1] if back else pixels
    written: set[int] = set()
    for start in range(0, len(order), block):
        group = order[start : start + block]
        out = {shift + p * channels + c for p in group for c in range(channels)}
        if not first:
            written |= out
        if any(reads(w, p) & written for p in group):
            return False
        written |= out
    return True


@given(windows(), st.integers(1, 5), st.sampled_from([(1, False), (2, True)]))
def test_an_output_at_the_distance_never_spoils_an_input(
    window: SlidingWindow, channels: int, kernel: tuple[int, bool]
) -> None:
    block, first = kernel
    (found,) = window_reuse(window, 0, 1, channels, block=block, reads_first=first)
    assert found.forward is not None
    assert found.backward is not None
    for more in (0, 1, 3):
        assert is_safe(window, channels, found.forward - more, block, first=first, back=False)
        assert is_safe(window, channels, found.backward + more, block, first=first, back=True)


def lane_is_safe(w: SlidingWindow, shift: int, lane: int, *, back: bool) -> bool:
    """Play one lane of a kernel that takes its lanes one after the other, each reading first."""
    pixels = range(w.out_h * w.out_w)
    written: set[int] = set()
    for p in reversed(pixels) if back else pixels:
        if {at for at in reads(w, p) if at % w.in_c == lane} & written:
            return False
        written.add(shift + p * w.in_c + lane)
    return True


@given(windows(), st.integers(0, 3))
def test_lanes_that_go_alone_never_meet(window: SlidingWindow, more: int) -> None:
    (found,) = window_reuse(
        window, 0, 1, window.in_c, block=1, reads_first=True, multiple=window.in_c
    )
    assert found.multiple == window.in_c
    assert found.forward is not None
    assert found.backward is not None
    forward = found.forward // window.in_c * window.in_c - more * window.in_c
    backward = -(-found.backward // window.in_c) * window.in_c + more * window.in_c
    for lane in range(window.in_c):
        assert lane_is_safe(window, forward, lane, back=False)
        assert lane_is_safe(window, backward, lane, back=True)


@given(st.integers(2, 7), st.integers(2, 7), st.integers(1, 4))
def test_a_pointwise_window_with_as_many_channels_works_in_place(h: int, w: int, c: int) -> None:
    window = SlidingWindow(h, w, c, h, w, 1, 1, 1, 1, 1, 1, 0, 0)
    (found,) = window_reuse(window, 0, 1, c, block=2, reads_first=True)
    assert found.forward is not None
    assert found.forward >= 0


@given(st.integers(3, 9), st.integers(3, 9), st.integers(1, 8))
def test_a_three_by_three_window_needs_a_row_and_a_pixel(h: int, w: int, c: int) -> None:
    assume(w > 2)
    window = SlidingWindow(h, w, c, h, w, 3, 3, 1, 1, 1, 1, 1, 1)
    (found,) = window_reuse(window, 0, 1, c, block=1, reads_first=False)
    assert found.forward is not None
    assert -(w + 2) * c <= found.forward <= -w * c


def test_a_huge_output_is_planned_without_overlap() -> None:
    window = SlidingWindow(2048, 2048, 1, 2048, 2048, 1, 1, 1, 1, 1, 1, 0, 0)
    assert window_reuse(window, 0, 1, 1, block=1, reads_first=True) == ()
