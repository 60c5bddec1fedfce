"""Trees out of ONNX-ML: what skl2onnx and its like write. Pure.

Read are TreeEnsembleClassifier and TreeEnsembleRegressor, alone or behind a Scaler, which goes into
the thresholds. Labels, and what looks them up, are left out, as for networks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from builds.sources.classical.centres import Classical, behind
from builds.sources.classical.ensemble import (
    OUTPUTS_MAX,
    Gives,
    PlainTree,
    Reals,
    grown,
)
from fleet.lib.errors import Refused
from registry.files.onnx.model import CLASSICAL, OnnxModel, OnnxNode
from registry.files.onnx.outline import shape_here

CLASSIFIER: Final = "TreeEnsembleClassifier"
REGRESSOR: Final = "TreeEnsembleRegressor"
KINDS: Final = frozenset({CLASSIFIER, REGRESSOR})
BESIDE: Final = frozenset(
    {"ArrayFeatureExtractor", "Cast", "Identity", "LabelEncoder", "Reshape", "Scaler", "ZipMap"}
)
# By mode: whether a sample that is equal to the threshold, and one below it, goes the true way.
MODES: Final = {
    "BRANCH_LEQ": (False, False), "BRANCH_LT": (True, False),
    "BRANCH_GT": (False, True), "BRANCH_GTE": (True, True),
}  # fmt: skip
LEAF: Final = "LEAF"
ONE_AGAINST_NOT: Final = 2


def has_trees(model: OnnxModel) -> bool:
    """Whether a file is one of these."""
    return any(node.domain == CLASSICAL and node.kind in KINDS for node in model.nodes)


def read_trees(model: OnnxModel) -> Classical:
    """The ensemble. Raises Refused with one sentence."""
    found = [node for node in model.nodes if node.kind in KINDS]
    odd = next((n for n in model.nodes if n.kind not in KINDS | BESIDE), None)
    if odd is not None or len(found) != 1 or len(model.inputs) != 1:
        what = f"the operator {odd.kind[:64]}" if odd else "more than one ensemble or input"
        raise Refused(f"ONNX trees are read alone or behind a Scaler; this model has {what}.")
    try:
        return _ensemble(found[0], model)
    except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"The operator {found[0].label} is not as ONNX describes it.") from error


def _ensemble(node: OnnxNode, model: OnnxModel) -> Classical:
    features = shape_here(model.inputs[0], model)
    if len(features) != ONE_AGAINST_NOT or not features[1]:
        raise Refused("An ONNX model with trees takes rows of a fixed number of features.")
    classes = node.kind == CLASSIFIER
    sums = _sums(node, classes=classes)
    weights = _leaves(node, "class" if classes else "target", sums)
    trees = _plain_trees(node, weights, sums)
    base, gives = _base(node, sums), _gives(node, classes=classes)
    if classes and sums == 1:
        trees, base = _two_classes(trees, base, gives)
    ensemble = grown(trees, features[1], base, gives)
    scaler = _scaler(model, features[1])
    return behind(ensemble, *scaler) if scaler else ensemble


def _sums(node: OnnxNode, *, classes: bool) -> int:
    """How many sums there are; one for two classes that share it."""
    if not classes:
        return int(_whole_number(node, "n_targets", 1))
    names = node.attributes.get("classlabels_int64s") or node.attributes["classlabels_strings"]
    count = len(_listed(names))
    if not 1 < count <= OUTPUTS_MAX:
        raise Refused(f"The ONNX trees have {count} classes; 2 to {OUTPUTS_MAX} are read.")
    one = len(set(_listed(node.attributes["class_ids"]))) == 1
    return 1 if count == ONE_AGAINST_NOT and one else count


def _gives(node: OnnxNode, *, classes: bool) -> Gives:
    after = str(node.attributes.get("post_transform", "NONE"))
    if not classes:
        if after != "NONE" or node.attributes.get("aggregate_function", "SUM") not in {
            "SUM", "AVERAGE",
        }:  # fmt: skip
            raise Refused(f"The operator {node.label} ends in what is not read ({after[:32]}).")
        return Gives.VALUES
    if after == "NONE":
        return Gives.PROBABILITIES
    binary = after == "LOGISTIC" and len(set(_listed(node.attributes["class_ids"]))) == 1
    if after == "SOFTMAX" or binary:
        return Gives.SOFTMAX
    raise Refused(f"The operator {node.label} ends in what is not read ({after[:32]}).")


def _base(node: OnnxNode, sums: int) -> Reals:
    found = np.asarray(_listed(node.attributes.get("base_values", ())), np.float64)
    if found.size not in {0, sums}:
        raise Refused(f"The operator {node.label} has {found.size} base values for {sums} sums.")
    return found if found.size else np.zeros(sums)


def _two_classes(
    trees: list[PlainTree], base: Reals, gives: Gives
) -> tuple[list[PlainTree], Reals]:
    """One sum for two classes: that of the second; the first has the rest, or 0 of a softmax."""
    if gives is Gives.SOFTMAX:
        again = [_with(tree, tree.value, target=1) for tree in trees]
        return again, np.asarray([0.0, base[0]])
    both = [_with(tree, np.concatenate([-tree.value, tree.value], axis=1)) for tree in trees]
    return both, np.asarray([1.0 - base[0], base[0]])


def _with(tree: PlainTree, value: Reals, *, target: int = 0) -> PlainTree:
    return PlainTree(
        tree.feature, tree.threshold, tree.strict, tree.left, tree.right, value, target
    )


def _leaves(node: OnnxNode, prefix: str, sums: int) -> Mapping[tuple[int, int], dict[int, float]]:
    """By tree and node, what a leaf adds to which sum."""
    columns = [
        _listed(node.attributes[f"{prefix}_{name}"])
        for name in ("treeids", "nodeids", "ids", "weights")
    ]
    found: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for tree, place, sum_, weight in zip(*columns, strict=True):
        key = int(sum_) if sums > 1 else 0
        if not 0 <= key < sums:
            raise Refused(f"A leaf of the ONNX trees adds to sum {key}; there are {sums}.")
        row = found[int(tree), int(place)]
        row[key] = row.get(key, 0.0) + float(weight)
    return found


def _plain_trees(
    node: OnnxNode, weights: Mapping[tuple[int, int], dict[int, float]], sums: int
) -> list[PlainTree]:
    names = ("treeids", "nodeids", "featureids", "values", "truenodeids", "falsenodeids", "modes")
    rows = zip(*(_listed(node.attributes[f"nodes_{name}"]) for name in names), strict=True)
    missing = _listed(node.attributes.get("nodes_missing_value_tracks_true", ()))
    if any(missing):
        raise Refused("The ONNX trees send missing values a way of their own, which is not read.")
    by_tree: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        by_tree[int(row[0])].append(row)
    touched = _touched(weights)
    alone = sums > 1 and all(len(touched[tree]) <= 1 for tree in by_tree)
    count = len(by_tree) if node.attributes.get("aggregate_function") == "AVERAGE" else 1
    return [
        _plain_tree(nodes, weights, touched[number] if alone else None, sums, count)
        for number, nodes in sorted(by_tree.items())
    ]


def _touched(weights: Mapping[tuple[int, int], dict[int, float]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for (tree, _), row in weights.items():
        found[tree] |= set(row)
    return found


def _plain_tree(
    nodes: Sequence[Sequence[Any]],
    weights: Mapping[tuple[int, int], dict[int, float]],
    alone: set[int] | None,
    sums: int,
    count: int,
) -> PlainTree:
    number = int(nodes[0][0])
    places = {int(row[1]): at for at, row in enumerate(nodes)}
    if len(places) != len(nodes):
        raise Refused(f"Tree {number} of the ONNX model has two nodes of one number.")
    target = min(alone) if alone else 0
    width = sums if alone is None else 1
    value = np.zeros((len(nodes), width))
    left, right = np.full(len(nodes), -1), np.full(len(nodes), -1)
    strict = np.zeros(len(nodes), np.bool_)
    for at, (_, name, _, _, true, false, mode) in enumerate(nodes):
        if mode == LEAF:
            for key, weight in weights.get((number, int(name)), {}).items():
                value[at, key - target] = weight / count
            continue
        if mode not in MODES:
            raise Refused(f"The ONNX trees compare by {str(mode)[:32]}, which is not read.")
        strict[at], turned = MODES[str(mode)]
        ways = [places.get(int(child), len(nodes)) for child in (true, false)]
        left[at], right[at] = reversed(ways) if turned else ways
    return PlainTree(
        np.asarray([int(row[2]) for row in nodes]),
        np.asarray([float(row[3]) for row in nodes]),
        strict,
        left,
        right,
        value,
        target,
    )


def _scaler(model: OnnxModel, features: int) -> tuple[Reals, Reals] | None:
    """What is taken from each feature, and what the rest is multiplied with."""
    found = [node for node in model.nodes if node.kind == "Scaler"]
    if len(found) > 1:
        raise Refused("The ONNX trees stand behind more than one Scaler.")
    if not found:
        return None
    offset, factor = (
        np.broadcast_to(np.asarray(_listed(found[0].attributes[name]), np.float64), (features,))
        for name in ("offset", "scale")
    )
    return offset, factor


def _listed(value: Any) -> Sequence[Any]:
    """A list of an attribute. Raises TypeError."""
    if not isinstance(value, tuple):
        raise TypeError
    return value


def _whole_number(node: OnnxNode, name: str, otherwise: int) -> int:
    value = node.attributes.get(name, otherwise)
    if type(value) is not int:
        raise TypeError
    return value
