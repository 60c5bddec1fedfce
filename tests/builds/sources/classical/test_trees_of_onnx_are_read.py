"""TreeEnsembleClassifier and TreeEnsembleRegressor, as skl2onnx and XGBoost's exporters write."""

from typing import Any

import numpy as np
import pytest

from builds.sources.classical.centres import Classical
from builds.sources.classical.ensemble import Ensemble, Gives
from builds.sources.classical.integers.stepped import real_answers
from builds.sources.classical.readers.onnx_ml import has_trees, read_trees
from builds.sources.onnx.write import write
from fleet.lib.errors import Refused
from registry.files.onnx.model import CLASSICAL, OnnxNode
from registry.files.onnx.outline import checked
from tests.builds.sources.onnx import models

AT = np.asarray([[4.0, 0.0], [5.0, 0.0], [6.0, 0.0]], np.float32)
STUMP: dict[str, Any] = {
    "nodes_treeids": (0, 0, 0),
    "nodes_nodeids": (0, 1, 2),
    "nodes_featureids": (0, 0, 0),
    "nodes_values": (5.0, 0.0, 0.0),
    "nodes_truenodeids": (1, 0, 0),
    "nodes_falsenodeids": (2, 0, 0),
}


def file(kind: str, *, mode: str = "BRANCH_LEQ", scaled: bool = False, **more: Any) -> bytes:
    """One question, true in node 1 and false in node 2."""
    attributes = {**STUMP, "nodes_modes": (mode, "LEAF", "LEAF"), **more}
    nodes = [OnnxNode(kind, ("s" if scaled else "x",), ("y",), attributes, domain=CLASSICAL)]
    if scaled:
        by = {"offset": (1.0, 0.0), "scale": (0.5, 1.0)}
        nodes.insert(0, OnnxNode("Scaler", ("x",), ("s",), by, domain=CLASSICAL))
    opsets = {"": 13, CLASSICAL: 3}
    return write(models.model(nodes, {}, shape=(0, 2), classes=2, opsets=opsets))


def values(mode: str = "BRANCH_LEQ", *, scaled: bool = False, **more: Any) -> bytes:
    """A regressor: 1 where the question is true, 2 where it is false."""
    ends: dict[str, Any] = {
        "n_targets": 1, "target_treeids": (0, 0), "target_nodeids": (1, 2),
        "target_ids": (0, 0), "target_weights": (1.0, 2.0),
    }  # fmt: skip
    return file("TreeEnsembleRegressor", mode=mode, scaled=scaled, **ends, **more)


def classes(weights: tuple[float, ...], ids: tuple[int, ...], **more: Any) -> bytes:
    """A classifier of two classes."""
    each = len(weights) // 2
    ends: dict[str, Any] = {
        "classlabels_int64s": (0, 1), "class_treeids": (0,) * len(weights),
        "class_nodeids": (1,) * each + (2,) * each, "class_ids": ids, "class_weights": weights,
    }  # fmt: skip
    return file("TreeEnsembleClassifier", **ends, **more)


def read(data: bytes) -> Classical:
    model = checked(data)
    assert has_trees(model)
    return read_trees(model)


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("BRANCH_LEQ", [1, 1, 2]),
        ("BRANCH_LT", [1, 2, 2]),
        ("BRANCH_GTE", [2, 1, 1]),
        ("BRANCH_GT", [2, 2, 1]),
    ],
)
def test_every_comparison_is_read(mode: str, wanted: list[int]) -> None:
    assert real_answers(read(values(mode)), AT)[:, 0].tolist() == wanted


def test_a_scaler_goes_into_the_thresholds() -> None:
    x = np.asarray([[10.0, 0.0], [11.0, 0.0], [12.0, 0.0]], np.float32)
    assert real_answers(read(values(scaled=True)), x)[:, 0].tolist() == [1, 1, 2]


def test_base_values_are_added() -> None:
    assert real_answers(read(values(base_values=(0.5,))), AT)[:, 0].tolist() == [1.5, 1.5, 2.5]


def test_probabilities_of_each_class() -> None:
    found = read(classes((0.75, 0.25, 0.5, 0.5), (0, 1, 0, 1)))
    assert real_answers(found, AT).tolist() == [[0.75, 0.25], [0.75, 0.25], [0.5, 0.5]]


def test_two_classes_that_share_a_sum() -> None:
    found = read(classes((0.75, 0.25), (1, 1)))
    assert real_answers(found, AT).tolist() == [[0.25, 0.75], [0.25, 0.75], [0.75, 0.25]]
    boosted = read(classes((1.5, -1.5), (1, 1), post_transform="LOGISTIC"))
    assert isinstance(boosted, Ensemble)
    assert boosted.gives is Gives.SOFTMAX
    chance = 1 / (1 + np.exp(-np.asarray([1.5, 1.5, -1.5])))
    assert np.abs(real_answers(boosted, AT)[:, 1] - chance).max() < 1e-12


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (values("BRANCH_EQ"), "compare by BRANCH_EQ, which is not read"),
        (values(nodes_missing_value_tracks_true=(1, 0, 0)), "missing values a way of their own"),
        (values(aggregate_function="MAX"), "ends in what is not read"),
        (values(base_values=(1.0, 2.0)), "has 2 base values for 1 sums"),
        (values(nodes_truenodeids=(0, 0, 0)), "leads to no node, or in a cycle"),
        (values(nodes_featureids=(9, 0, 0)), "asks for feature 9; there are 2"),
        (values(nodes_values=(float("nan"), 0.0, 0.0)), "threshold that float32 does not hold"),
        (values(nodes_nodeids=(0, 1, 1)), "two nodes of one number"),
        (values(nodes_values=(5.0,)), "is not as ONNX describes it"),
        (classes((1.0, 2.0), (0, 5)), "adds to sum 5; there are 2"),
        (classes((1.0, 2.0), (0, 0), post_transform="PROBIT"), "ends in what is not read"),
    ],
)
def test_what_is_not_read_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(data)
