"""A comparison is empty for equals, and its steps lead back."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.compare import Facts, compare, differences

SCHEMA = {
    "inputs": [{"name": "a", "shape": [1, 8], "dtype": "float32"}],
    "outputs": [{"name": "b", "shape": [1, 2], "dtype": "float32"}],
}
FACTS = Facts(
    sha256="1" * 64,
    size_bytes=100,
    format="keras",
    io_schema=SCHEMA,
    ops={"Dense": 2},
    metrics={"accuracy": 0.5},
    lineage={"git_commit": "abc"},
    class_names=("cat", "dog"),
    datasets={"evaluation": "dst_1"},
    evaluations={"int8": {"accuracy": 0.4}},
)
VALUES = st.dictionaries(st.text(max_size=3), st.integers(-9, 9), max_size=6)


def test_equals_differ_in_nothing() -> None:
    found = compare(FACTS, FACTS)
    assert found.pop("same_file") is True
    assert found.pop("size_bytes")["step"] == 0
    assert found.pop("class_names") == {"added": [], "removed": [], "reordered": False}
    assert not any(found.values())


def test_names_of_tensors_do_not_count() -> None:
    other = {side: [{**t, "name": "z"} for t in tensors] for side, tensors in SCHEMA.items()}
    assert compare(FACTS, replace(FACTS, io_schema=other))["io"] == {}


def test_shapes_do() -> None:
    other = SCHEMA | {"inputs": [{"name": "a", "shape": [1, 9], "dtype": "float32"}]}
    found = compare(FACTS, replace(FACTS, io_schema=other))["io"]
    assert found["inputs[0]"]["to"] == {"shape": [1, 9], "dtype": "float32"}


def test_classes_may_be_added_removed_or_reordered() -> None:
    found = compare(FACTS, replace(FACTS, class_names=("dog", "cat")))["class_names"]
    assert found == {"added": [], "removed": [], "reordered": True}
    found = compare(FACTS, replace(FACTS, class_names=("cat", "cow")))["class_names"]
    assert found == {"added": ["cow"], "removed": ["dog"], "reordered": False}


def test_evaluations_are_compared_engine_by_engine() -> None:
    after = replace(FACTS, evaluations={"float": {"accuracy": 0.9}})
    found = compare(FACTS, after)["evaluations"]
    assert found["float"]["accuracy"] == {"from": None, "to": 0.9, "step": None}
    assert found["int8"]["accuracy"] == {"from": 0.4, "to": None, "step": None}


def test_a_yes_has_no_step() -> None:
    assert differences({"a": False}, {"a": True})["a"]["step"] is None


@given(VALUES, VALUES)
def test_the_differences_lead_from_one_to_the_other(before: dict[str, Any], after: Any) -> None:
    found = differences(before, after)
    walked = before | {key: change["to"] for key, change in found.items()}
    assert {
        key: value for key, value in walked.items() if key in after or value is not None
    } == after
    assert all(change["from"] != change["to"] for change in found.values())
