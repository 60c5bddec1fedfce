"""Estimators of scikit-learn, as skops saved them, to ensembles and centres. Pure.

Only attributes are read; what they mean is scikit-learn's own documentation of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from builds.sources.classical.centres import Centres, Classical, behind, checked
from builds.sources.classical.ensemble import Gives, PlainTree, Reals, grown
from builds.sources.classical.readers.skops import DAMAGED, SavedObject, read_objects
from fleet.lib.errors import Refused

ODD: Final = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)
TWO: Final = 2
Held = Mapping[str, Any]


def read_skops(data: bytes) -> Classical:
    """The model of a `.skops` file. Raises Refused with one sentence."""
    found = read_objects(data)
    kind = found.kind if isinstance(found, SavedObject) else "no estimator"
    if kind not in READERS:
        raise Refused(
            f"The .skops file holds {kind}; {', '.join(sorted(READERS))} are read from such files."
        )
    try:
        return READERS[kind](found.held)
    except ODD as error:
        raise Refused(DAMAGED, code="unreadable") from error


def _shares(held: Held) -> list[PlainTree]:
    """Trees whose leaves are shares of classes, each a part of the whole."""
    trees = [tree.held["tree_"].held for tree in held.get("estimators_", ())] or [
        held["tree_"].held
    ]
    found = []
    for tree in trees:
        values = np.asarray(tree["values"], np.float64)
        if values.ndim != TWO + 1 or values.shape[1] != 1:
            raise Refused("Estimators with more than one output are not read.")
        rows = values[:, 0, :]
        found.append(_plain(tree, rows / rows.sum(axis=1, keepdims=True) / len(trees)))
    return found


def _means(held: Held) -> list[PlainTree]:
    """Trees whose leaves are values, each a part of the mean."""
    trees = [tree.held["tree_"].held for tree in held.get("estimators_", ())] or [
        held["tree_"].held
    ]
    return [_plain(tree, _column(tree) / len(trees)) for tree in trees]


def _column(tree: Held) -> Reals:
    values = np.asarray(tree["values"], np.float64)
    if values.shape[1:] != (1, 1):
        raise Refused("Estimators with more than one output are not read.")
    return values[:, 0, :]


def _plain(tree: Held, value: Reals, target: int = 0) -> PlainTree:
    nodes = tree["nodes"]
    left, right = (nodes[f"{side}_child"].astype(np.int64) for side in ("left", "right"))
    leaf = left < 0
    return PlainTree(
        np.where(leaf, 0, nodes["feature"]).astype(np.int64),
        np.where(leaf, 0, nodes["threshold"]).astype(np.float64),
        np.zeros(len(nodes), np.bool_),
        left,
        right,
        value,
        target,
    )


def _classifier(held: Held) -> Classical:
    classes = len(held["classes_"])
    return grown(_shares(held), held["n_features_in_"], np.zeros(classes), Gives.PROBABILITIES)


def _regressor(held: Held) -> Classical:
    return grown(_means(held), held["n_features_in_"], np.zeros(1), Gives.VALUES)


def _boosted(held: Held) -> tuple[list[PlainTree], Any]:
    """Every stage's trees, scaled by the learning rate, and what they begin with."""
    rate, init = float(held["learning_rate"]), held["init_"]
    stages = [stage if isinstance(stage, list) else [stage] for stage in held["estimators_"]]
    if not isinstance(init, SavedObject) or not init.kind.startswith("Dummy"):
        raise Refused("Boosted trees that begin with an estimator of their own are not read.")
    shift = 1 if len(stages[0]) == 1 and "classes_" in held else 0
    trees = [
        _plain(tree.held["tree_"].held, rate * _column(tree.held["tree_"].held), target + shift)
        for stage in stages
        for target, tree in enumerate(stage)
    ]
    return trees, init.held


def _boosted_classifier(held: Held) -> Classical:
    if held["loss"] != "log_loss":
        raise Refused("Boosted classifiers with another loss than log_loss are not read.")
    trees, init = _boosted(held)
    small = np.finfo(np.float32).eps
    shares = np.clip(np.asarray(init["class_prior_"], np.float64), small, 1 - small)
    # As scikit-learn begins: the log of the odds, or of each share less their mean.
    two = np.asarray([0.0, np.log(shares[-1] / (1 - shares[-1]))])
    base = two if len(shares) == TWO else np.log(shares)
    return grown(trees, held["n_features_in_"], base, Gives.SOFTMAX)


def _boosted_regressor(held: Held) -> Classical:
    trees, init = _boosted(held)
    base = np.asarray(init["constant_"], np.float64).reshape(-1)
    return grown(trees, held["n_features_in_"], base, Gives.VALUES)


def _k_means(held: Held) -> Classical:
    centres = np.asarray(held["cluster_centers_"], np.float64)
    return checked(Centres(centres, np.ones_like(centres), np.zeros(len(centres)), root=True))


def _mixture(held: Held) -> Classical:
    """The nearest component alone: at most the log of their number above the whole mixture."""
    kind = held["covariance_type"]
    if kind not in ("diag", "spherical"):
        raise Refused(
            f"Gaussian mixtures with the covariance type {str(kind)[:32]} are not read; train with "
            "diag or spherical."
        )
    means = np.asarray(held["means_"], np.float64)
    sharp = np.asarray(held["precisions_"], np.float64)
    sharp = np.broadcast_to(sharp.reshape(len(means), -1), means.shape)
    room = means.shape[1] * np.log(2 * np.pi) - np.log(sharp).sum(axis=1)
    offsets = 0.5 * room - np.log(np.asarray(held["weights_"], np.float64))
    return checked(Centres(means, sharp / 2, offsets, root=False))


def _pipeline(held: Held) -> Classical:
    """A StandardScaler and an estimator: the scaler goes into thresholds and centres."""
    parts = [part for _, part in held["steps"]]
    kinds = [part.kind for part in parts]
    if len(parts) != TWO or kinds[0] != "StandardScaler" or kinds[1] not in READERS:
        raise Refused(
            f"A pipeline of {', '.join(kinds)[:128]} is not read; a StandardScaler and one is."
        )
    model, scaler = READERS[kinds[1]](parts[1].held), parts[0].held
    mean, scale = (scaler.get(name) for name in ("mean_", "scale_"))
    offset = np.zeros(model.features) if mean is None else np.asarray(mean, np.float64)
    factor = np.ones(model.features) if scale is None else 1.0 / np.asarray(scale, np.float64)
    return behind(model, offset, factor)


READERS: Final[Mapping[str, Callable[[Held], Classical]]] = {
    "DecisionTreeClassifier": _classifier,
    "DecisionTreeRegressor": _regressor,
    "ExtraTreeClassifier": _classifier,
    "ExtraTreeRegressor": _regressor,
    "ExtraTreesClassifier": _classifier,
    "ExtraTreesRegressor": _regressor,
    "GaussianMixture": _mixture,
    "GradientBoostingClassifier": _boosted_classifier,
    "GradientBoostingRegressor": _boosted_regressor,
    "KMeans": _k_means,
    "Pipeline": _pipeline,
    "RandomForestClassifier": _classifier,
    "RandomForestRegressor": _regressor,
}
