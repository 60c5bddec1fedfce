"""An ensemble of trees as plain arrays of real numbers, and what it answers. Pure.

Guarantees: of an ensemble that was grown here, each child is a node before its parent or, below 0,
a row of leaves, `~child`; every number is finite and in bounds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fleet.lib.errors import Refused

Wholes = NDArray[np.int64]
Reals = NDArray[np.float64]
FEATURES_MAX: Final = 1 << 16
OUTPUTS_MAX: Final = 256
NODES_MAX: Final = 1 << 18
TREES_MAX: Final = 4096
DEPTH_MAX: Final = 128


class Gives(StrEnum):
    """What the sums are."""

    PROBABILITIES = "probabilities"
    SOFTMAX = "softmax"  # they become probabilities by it
    VALUES = "values"


@dataclass(frozen=True)
class FeatureType:
    """How a sample's numbers travel: as they are, or in steps of a scale."""

    dtype: str
    scale: float = 1.0
    zero_point: int = 0


@dataclass(frozen=True)
class Ensemble:
    """Trees over rows of `features` numbers; a sample goes left where `x <= threshold`, or, where
    a node is strict, `x < threshold`.
    """

    features: int
    feature: Wholes
    threshold: Reals
    strict: NDArray[np.bool_]
    children: Wholes
    roots: Wholes
    targets: Wholes  # of each tree, the first sum that a leaf adds to
    leaves: Reals
    base: Reals
    gives: Gives
    given: FeatureType | None = None  # how samples travel, where the description says it

    @property
    def kinds(self) -> dict[str, int]:
        """What it is made of, for people."""
        return {"nodes": len(self.feature), "trees": len(self.roots)}


@dataclass(frozen=True)
class PlainTree:
    """One tree as tools write it: nodes in any order from node 0, -1 for no child."""

    feature: Wholes
    threshold: Reals
    strict: NDArray[np.bool_]
    left: Wholes
    right: Wholes
    value: Reals  # of each node, what it adds if it is a leaf
    target: int = 0


def grown(
    trees: list[PlainTree],
    features: int,
    base: Reals,
    gives: Gives,
    given: FeatureType | None = None,
) -> Ensemble:
    """Join trees, children before parents. Raises Refused with one sentence."""
    _check_sizes(trees, features, base)
    nodes: list[tuple[int, float, bool, int, int]] = []
    leaves: list[Reals] = []
    roots = [_grow(number, tree, features, nodes, leaves) for number, tree in enumerate(trees)]
    rows, width = np.asarray(leaves, np.float64), len(leaves[0])
    if any(tree.target < 0 or tree.target + width > len(base) for tree in trees):
        raise Refused(f"A tree adds to an output that is not there; there are {len(base)}.")
    if not np.all(np.isfinite(rows)) or not np.all(np.isfinite(base)):
        raise Refused("A leaf or a base of the trees is not a finite number.")
    columns: list[Any] = list(zip(*nodes, strict=True)) if nodes else [(), (), (), (), ()]
    return Ensemble(
        features,
        np.asarray(columns[0], np.int64),
        np.asarray(columns[1], np.float64),
        np.asarray(columns[2], np.bool_),
        np.asarray([columns[3], columns[4]], np.int64).T.reshape(-1, 2),
        np.asarray(roots, np.int64),
        np.asarray([tree.target for tree in trees], np.int64),
        rows,
        base,
        gives,
        given,
    )


def _check_sizes(trees: list[PlainTree], features: int, base: Reals) -> None:
    nodes = sum(len(tree.feature) for tree in trees)
    if not 0 < len(trees) <= TREES_MAX or nodes > NODES_MAX:
        raise Refused(
            f"The model has {len(trees)} trees with {nodes} nodes; 1 to {TREES_MAX} trees with at "
            f"most {NODES_MAX} nodes are read."
        )
    if not 0 < features <= FEATURES_MAX or not 0 < len(base) <= OUTPUTS_MAX:
        raise Refused(
            f"The model has {features} features and {len(base)} outputs; at most {FEATURES_MAX} "
            f"and {OUTPUTS_MAX} are read."
        )
    if len({tree.value.shape[1] for tree in trees}) != 1:
        raise Refused("Leaves of different trees have different numbers of values.")


def _grow(
    number: int,
    tree: PlainTree,
    features: int,
    nodes: list[tuple[int, float, bool, int, int]],
    leaves: list[Reals],
) -> int:
    """Add a tree, children first; give its root. No recursion: a chain may be as deep as it is."""
    count, places, levels = len(tree.feature), {}, {}
    waiting = [(0, 0)]
    while waiting:
        at, depth = waiting[-1]
        left, right = int(tree.left[at]), int(tree.right[at])
        if at not in levels:
            levels[at] = depth
            _check_node(number, at, tree, features, depth)
        if left < 0:
            leaves.append(tree.value[at])
            places[at] = ~(len(leaves) - 1)
            waiting.pop()
            continue
        below = [child for child in (left, right) if child not in places]
        if any(child >= count or child in levels for child in below) or left == right:
            raise Refused(f"Node {at} of tree {number} leads to no node, or in a cycle.")
        if below:
            waiting.append((below[0], depth + 1))
            continue
        question = int(tree.feature[at]), float(tree.threshold[at]), bool(tree.strict[at])
        nodes.append((*question, places[left], places[right]))
        places[at] = len(nodes) - 1
        waiting.pop()
    return int(places[0])


def _check_node(number: int, at: int, tree: PlainTree, features: int, depth: int) -> None:
    where = f"Node {at} of tree {number}"
    if depth > DEPTH_MAX:
        raise Refused(f"Tree {number} is deeper than {DEPTH_MAX} levels.")
    if (tree.left[at] < 0) != (tree.right[at] < 0):
        raise Refused(f"{where} has one child.")
    if tree.left[at] < 0:
        return
    if not 0 <= tree.feature[at] < features:
        raise Refused(f"{where} asks for feature {tree.feature[at]}; there are {features}.")
    if not abs(tree.threshold[at]) <= np.finfo(np.float32).max:
        raise Refused(f"{where} has a threshold that float32 does not hold.")


def leaves_reached(model: Ensemble, x: NDArray[Any]) -> Wholes:
    """The row of leaves that each sample reaches in each tree."""
    found = np.empty((len(x), len(model.roots)), np.int64)
    samples = np.arange(len(x))
    for number, root in enumerate(model.roots):
        at = np.full(len(x), root)
        while np.any(going := at >= 0):
            here = at[going]
            value = x[samples[going], model.feature[here]].astype(np.float64)
            level = model.threshold[here]
            left = np.where(model.strict[here], value < level, value <= level)
            at[going] = np.where(left, model.children[here, 0], model.children[here, 1])
        found[:, number] = ~at
    return found


def answers(model: Ensemble, x: NDArray[Any]) -> Reals:
    """What the model says in real numbers."""
    reached, width = leaves_reached(model, x), model.leaves.shape[1]
    sums = np.tile(model.base, (len(x), 1))
    for number, target in enumerate(model.targets):
        sums[:, target : target + width] += model.leaves[reached[:, number]]
    if model.gives is not Gives.SOFTMAX:
        return sums
    terms = np.exp(sums - sums.max(axis=1, keepdims=True))
    return np.asarray(terms / terms.sum(axis=1, keepdims=True))
