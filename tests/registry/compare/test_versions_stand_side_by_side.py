"""Any number of versions in one sheet, and networks with like operators in like rows."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.compare import Facts
from registry.compare.graphs import aligned
from registry.compare.sheets import VersionColumn, sheet


def column(**changes: Any) -> VersionColumn:
    values: dict[str, Any] = {
        "sha256": "a",
        "size_bytes": 10,
        "format": "keras",
        "io_schema": {},
        "ops": {"Dense": 1},
        "metrics": {"accuracy": 0.9},
        "lineage": {},
        "class_names": ("a", "b"),
        "datasets": {},
    }
    more = {name: changes.pop(name) for name in list(changes) if name not in values}
    return VersionColumn(facts=Facts(**(values | changes)), **more)


def operator(kind: str, *shape: int, scale: float = 0.5, weights: str = "w") -> dict[str, Any]:
    told = {"kind": kind, "shape": list(shape), "dtype": "int8", "scale": scale, "zero_point": 0}
    return told | {"weights": [{"shape": [1], "dtype": "int8", "scales": 1, "sha256": weights}]}


def test_equal_versions_differ_in_nothing() -> None:
    found = sheet([column(), column(), column()])
    assert not any(row.differs for row in found.rows)


def test_the_best_is_told_where_more_or_less_is_better() -> None:
    made = [
        column(size_bytes=size, quality={"accuracy, int8": accuracy})
        for size, accuracy in ((10, 0.9), (12, 0.95), (10, 0.8))
    ]
    rows = {(row.part, row.name): row for row in sheet(made).rows}
    assert rows["File", "size"].best == (0, 2)
    assert rows["Quality", "accuracy, int8"].best == (1,)
    assert rows["Quality", "accuracy, int8"].values == (0.9, 0.95, 0.8)
    assert rows["File", "format"].best == ()


def test_what_a_version_lacks_is_nothing_and_no_zero() -> None:
    sized = {"cortex-m4f": {"flash": 100, "ram": 20, "instructions": None, "state": "succeeded"}}
    rows = {row.name: row for row in sheet([column(targets=sized), column()]).rows}
    assert rows["flash"].values == (100, None)
    assert rows["state"].values == ("succeeded", None)
    assert "instructions" not in rows


def test_datasets_are_named_and_classes_are_told_apart() -> None:
    made = [column(named={"evaluation": name}, recall={"seven": 0.5}) for name in ("one", "two")]
    rows = {(row.part, row.name): row for row in sheet(made).rows}
    assert rows["Datasets", "evaluation"].values == ("one", "two")
    assert rows["Found of each class, int8", "seven"].values == (0.5, 0.5)


def test_networks_are_shown_when_all_are_known() -> None:
    known = column(graph=[operator("CONV_2D", 1, 8)])
    assert sheet([known, column()]).untold == (1,)
    assert sheet([known, column()]).operators == ()
    assert len(sheet([known, known]).operators) == 1


def test_operators_stand_beside_their_like() -> None:
    small = [operator("CONV_2D", 1, 8), operator("SOFTMAX", 1, 10)]
    large = [
        operator("CONV_2D", 1, 16),
        operator("ADD", 1, 16),
        operator("SOFTMAX", 1, 10, scale=0.25),
    ]
    rows = aligned([small, large])
    assert [row.kind for row in rows] == ["CONV_2D", "ADD", "SOFTMAX"]
    assert [row.differs for row in rows] == [("shape",), ("operator",), ("scale",)]
    assert rows[1].operators[0] is None


def test_another_training_differs_in_weights_alone() -> None:
    one, two = ([operator("FULLY_CONNECTED", 1, 10, weights=word)] for word in ("x", "y"))
    assert [row.differs for row in aligned([one, two])] == [("weights",)]


KINDS = st.lists(st.sampled_from(["A", "B", "C"]), max_size=8)


@given(st.lists(KINDS, min_size=1, max_size=4))
def test_no_operator_is_lost_and_none_changes_its_place(graphs: list[list[str]]) -> None:
    rows = aligned([[{"kind": kind} for kind in graph] for graph in graphs])
    for number, graph in enumerate(graphs):
        own = [row.operators[number] for row in rows]
        assert [one["kind"] for one in own if one is not None] == graph
        assert all(len(row.operators) == len(graphs) for row in rows)
