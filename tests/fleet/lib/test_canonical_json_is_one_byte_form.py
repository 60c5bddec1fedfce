"""Equal values give equal bytes, whatever the order of their keys; floats are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.canonical import canonical_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_it_reads_back_as_the_same_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@pytest.mark.parametrize("value", [1.5, {"a": [1, 2.0]}, [float("nan")], {"a": {"b": 0.0}}])
def test_floats_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no floats"):
        canonical_json(value)
