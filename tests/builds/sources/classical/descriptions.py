"""Descriptions of classical models for tests: drawn at random, or of what scikit-learn trained."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

Document = dict[str, Any]


def tree(seed: int, *, depth: int = 3, features: int = 4, values: int = 3) -> Document:
    """A random tree: every node up to a depth has children in two of three cases."""
    dice = np.random.default_rng(seed)
    rows: list[tuple[int, float, int, int, list[float]]] = []

    def grow(left: int) -> int:
        at = len(rows)
        share = dice.random(values)
        rows.append((0, 0.0, -1, -1, (share / share.sum()).tolist()))
        if left and (at == 0 or dice.random() < 0.66):
            question = int(dice.integers(features)), float(dice.normal(0, 20))
            rows[at] = (*question, grow(left - 1), grow(left - 1), rows[at][4])
        return at

    grow(depth)
    names = ("feature", "threshold", "left", "right", "value")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def forest(seed: int = 0, trees: int = 5, **more: Any) -> Document:
    """A random forest."""
    values = more.get("values", 3)
    return {
        "edgefleet": "trees/1",
        "features": more.get("features", 4),
        "gives": "probabilities",
        "combine": "mean",
        "base": [0] * values,
        "trees": [tree(seed + number, **more) for number in range(trees)],
    }


def written(document: Document) -> bytes:
    """As it is pushed."""
    return json.dumps(document).encode()


def of_tree(fitted: Any, value: Any, **more: Any) -> Document:
    """A tree of scikit-learn's, as the manual writes it."""
    leaf = fitted.children_left < 0
    return {
        "feature": np.where(leaf, 0, fitted.feature).tolist(),
        "threshold": np.where(leaf, 0, fitted.threshold).tolist(),
        "left": fitted.children_left.tolist(),
        "right": fitted.children_right.tolist(),
        "value": value.tolist(),
        **more,
    }


def of_forest(model: Any) -> Document:
    """A classifying forest of scikit-learn's."""
    shares = [t.tree_.value[:, 0] / t.tree_.value[:, 0].sum(1)[:, None] for t in model.estimators_]
    rows = [of_tree(t.tree_, v) for t, v in zip(model.estimators_, shares, strict=True)]
    base = [0] * len(model.classes_)
    return _ensemble(model, rows, base, "probabilities", "mean")


def of_boosted(model: Any, base: Sequence[float]) -> Document:
    """Boosted trees of scikit-learn's, with what they begin with; one sum a class."""
    rows = [
        of_tree(t.tree_, model.learning_rate * t.tree_.value[:, 0], output=output)
        for stage in model.estimators_
        for output, t in enumerate(stage)
    ]
    return _ensemble(model, rows, list(base), "softmax", "sum")


def _ensemble(model: Any, rows: list[Document], base: Any, gives: str, combine: str) -> Document:
    return {
        "edgefleet": "trees/1",
        "features": int(model.n_features_in_),
        "gives": gives,
        "combine": combine,
        "base": base,
        "trees": rows,
    }
