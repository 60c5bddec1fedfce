"""Orders and reports of challengers: what is written is read, and nothing else is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field import shadow
from device_agent.protocol.field.shadow import ShadowOrder, ShadowReport, ShadowState
from device_agent.protocol.instruction import ArtifactName

ORDER = ShadowOrder(
    id="shw_1",
    every=5,
    time_ms=200,
    memory_mib=256,
    until=1_800_000_000,
    model="digits",
    version="2.0",
    target="linux-x86_64",
    artifact=ArtifactName("digits-2.0.bundle", "a" * 64, 100),
    tuf_path="digits/2.0/linux-x86_64/digits-2.0.bundle",
    download="https://service/x",
    statement={"payload": "x"},
)
REPORT = ShadowReport("shw_1", "1.0", 3, 7, ShadowState.RUNNING, "", 5, 2, ((0, 0, 4), (0, 1, 1)))


def test_what_is_written_is_read() -> None:
    assert shadow.parse_order(shadow.dump_order(ORDER)) == ORDER
    assert shadow.parse_report(shadow.dump_report(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("every", 0),
        ("time_ms", 60_001),
        ("memory_mib", 63),
        ("memory_mib", 10**9),
        ("until", -1),
        ("id", "a b"),
        ("download", ""),
        ("artifact", {"name": "x", "sha256": "zz", "length": 1}),
    ],
)
def test_an_order_beyond_its_limits_is_refused(member: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=r"'"):
        shadow.parse_order({**shadow.dump_order(ORDER), member: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"pairs": ((0, 0, 4),)},
        {"pairs": ((0, 0, 4), (0, 0, 1))},
        {"pairs": ((0, 2000, 5),)},
        {"pairs": ((0, 0, 5), (1, 1, 0))},
        {"state": "happy"},
        {"reason": "x" * 301},
        {"ran": -1},
        {"boot_id": 2**32},
    ],
)
def test_a_report_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match=r"'"):
        shadow.parse_report(shadow.dump_report(replace(REPORT, **changes)))  # type: ignore[arg-type]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_whatever_comes_only_our_error_comes_out(value: object) -> None:
    for parse in (shadow.parse_order, shadow.parse_report):
        with pytest.raises(ProtocolError, match=r"."):
            parse(value)


@pytest.mark.parametrize(
    ("url", "found"), [("http://x/shadow?id=shw_1", "shw_1"), ("http://x/shadow", "")]
)
def test_a_link_names_its_order(url: str, found: str) -> None:
    assert shadow.id_of(url) == found
