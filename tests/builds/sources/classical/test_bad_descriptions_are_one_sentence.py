"""Cycles, chains, numbers that are none, features out of range, bombs: each is one sentence."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.sources.classical.readers.described import described
from fleet.lib.errors import Refused
from tests.builds.sources.classical.descriptions import Document, forest, written


def chain(levels: int) -> Document:
    """A tree of one long branch: every inner node has a leaf, then the next inner node."""
    inner = [at % 2 == 0 and at < 2 * levels for at in range(2 * levels + 1)]
    return {
        "feature": [0] * len(inner),
        "threshold": [0.5] * len(inner),
        "left": [at + 1 if asks else -1 for at, asks in enumerate(inner)],
        "right": [at + 2 if asks else -1 for at, asks in enumerate(inner)],
        "value": [[1, 0, 0]] * len(inner),
    }


def changed(change: Callable[[Document], Any]) -> bytes:
    document = forest()
    change(document)
    return written(document)


def tree_with(**members: Any) -> bytes:
    return changed(lambda d: d["trees"][0].update(members))


def cycle(document: Document) -> None:
    document["trees"][0]["left"][1] = 0
    document["trees"][0]["right"][1] = 2


BAD = {
    "a node leads to itself": (
        changed(cycle),
        r"Node \d+ of tree 0 leads to no node, or in a cycle",
    ),
    "a chain without end": (
        changed(lambda d: d.update(trees=[chain(5000)])),
        "Tree 0 is deeper than 128 levels",
    ),
    "NaN": (
        written(forest()).replace(b'"threshold": [', b'"threshold": [NaN, ', 1),
        "NaN in the place",
    ),
    "a threshold beyond float32": (
        changed(lambda d: d["trees"][0]["threshold"].__setitem__(0, 1e200)),
        "threshold that float32 does not hold",
    ),
    "a number beyond all": (
        changed(lambda d: d["trees"][0]["threshold"].__setitem__(0, 10**400)),
        "threshold of the description has what is not a number",
    ),
    "a feature that is not there": (changed(lambda d: d.update(features=1)), "asks for feature"),
    "a child that is not there": (
        changed(lambda d: d["trees"][0]["right"].__setitem__(0, 10**6)),
        "leads to no node",
    ),
    "one child": (changed(lambda d: d["trees"][0]["right"].__setitem__(0, -1)), "has one child"),
    "lists of two lengths": (tree_with(feature=[0]), "of different lengths"),
    "rows of two lengths": (tree_with(value=[[1], [1, 2]]), "rows of value have different lengths"),
    "a text for a number": (tree_with(threshold=["1"]), "has what is not a number"),
    "truth for a whole number": (changed(lambda d: d.update(features=True)), "a whole number"),
    "no trees": (changed(lambda d: d.update(trees=[])), "trees of the description is to be a list"),
    "trees that are numbers": (changed(lambda d: d.update(trees=[3])), "Tree 0 is not an object"),
    "an output beyond the last": (tree_with(output=7), "adds to an output that is not there"),
    "too many outputs": (changed(lambda d: d.update(base=[0] * 300)), "list of 1 to 256"),
    "another member": (written({"edgefleet": "soup/1"}), "is to be one of centres/1, trees/1"),
    "no object": (b"[1]", "does not say what it describes"),
    "cut off": (written(forest())[:-20], "is not JSON, or was cut off"),
    "brackets without end": (b'{"a":' + b"[" * 200_000, "is not JSON, or was cut off"),
    "an unknown input": (changed(lambda d: d.update(input={"type": "int4"})), "type of the desc"),
    "a scale of nothing": (
        changed(lambda d: d.update(input={"type": "int8", "scale": 0})),
        "scale or the zero point",
    ),
    "centres of two widths": (
        written({"edgefleet": "centres/1", "centres": [[1, 2], [3]]}),
        "rows of centres have different lengths",
    ),
    "a weight below nothing": (
        written({"edgefleet": "centres/1", "centres": [[1.0]], "weights": [[-1.0]]}),
        "weight is negative",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_each_has_its_sentence(name: str) -> None:
    content, sentence = BAD[name]
    with pytest.raises(Refused, match=sentence):
        described(content)


@settings(max_examples=25)
@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    for member in ("features", "trees", "base", "gives", "input"):
        with suppress(Refused):
            described(written(forest(trees=1) | {member: value}))
    with pytest.raises(Refused):
        described(json.dumps(value).encode())
