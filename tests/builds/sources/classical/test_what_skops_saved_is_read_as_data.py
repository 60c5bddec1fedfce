"""`.skops` files: estimators of scikit-learn, read without it and without running anything."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from builds.sources.classical.integers.stepped import real_answers
from builds.sources.classical.readers.estimators import read_skops
from fleet.lib.errors import FleetError, Refused
from tests.builds.sources.classical.saved import Saved, saved
from tests.registry.factories import zip_bytes

X, Y = (np.asarray(a, t) for a, t in zip(load_iris(return_X_y=True), ("f4", "i8"), strict=True))


@pytest.mark.parametrize(
    ("estimator", "answer"),
    [
        (DecisionTreeClassifier(max_depth=3), "predict_proba"),
        (ExtraTreesClassifier(4, random_state=0), "predict_proba"),
        (GradientBoostingClassifier(n_estimators=3, random_state=0), "predict_proba"),
        (RandomForestRegressor(3, random_state=0), "predict"),
        (KMeans(3, n_init=1, random_state=0), "transform"),
        (make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3)), "predict_proba"),
    ],
)
def test_it_answers_as_scikit_learn(estimator: Any, answer: str) -> None:
    estimator.fit(X, Y)
    theirs = np.asarray(getattr(estimator, answer)(X))
    theirs = theirs.min(axis=1) if answer == "transform" else theirs
    ours = real_answers(read_skops(saved(estimator)), X)
    assert np.abs(ours - theirs.reshape(len(X), -1)).max() < 1e-5


def test_an_estimator_of_another_kind_is_named() -> None:
    data = Saved().archive({"__class__": "SVC", "__loader__": "ObjectNode", "content": None})
    with pytest.raises(Refused, match="holds SVC; DecisionTreeClassifier, "):
        read_skops(data)


@pytest.mark.parametrize(
    "schema",
    [
        {"__loader__": "CachedNode", "__id__": 5},
        {"__loader__": "NdArrayNode", "type": "numpy", "file": "none.npy"},
        {"__loader__": "NdArrayNode", "type": "numpy", "file": "objects.npy"},
        {"__loader__": "NdArrayNode", "type": "numpy", "file": "short.npy"},
        {"__class__": "KMeans", "__loader__": "ObjectNode", "content": None},
        {"__loader__": "JsonNode", "content": "["},
        [],
    ],
)
def test_what_is_damaged_is_one_sentence(schema: Any) -> None:
    head = b"\x93NUMPY\x01\x00v\x00{'descr': '%s', 'fortran_order': False, 'shape': (9999999,), }"
    arrays = {
        name: (head % kind).ljust(127) + b"\n" + bytes(8)
        for name, kind in (("objects.npy", b"|O"), ("short.npy", b"<f8"))
    }
    with pytest.raises(Refused, match="damaged, or of a form"):
        read_skops(zip_bytes({**arrays, "schema.json": json.dumps(schema).encode()}))


def test_nodes_within_nodes_end() -> None:
    deep = b'{"__loader__":"ListNode","content":[' * 400 + b"]}" * 400
    with pytest.raises(Refused, match="too many parts, or too deep ones"):
        read_skops(zip_bytes({"schema.json": deep}))


WHOLE = saved(KMeans(2, n_init=1, random_state=0).fit(X))


def refusal(data: bytes) -> str:
    """The sentence, or none."""
    try:
        read_skops(data)
    except FleetError as error:
        return error.message
    return "."


@settings(max_examples=40)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_any_other_byte_is_read_or_refused(at: int, byte: int) -> None:
    other = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    assert refusal(other).endswith(".")
    assert refusal(WHOLE[:at]).endswith(".")
