"""Centres with weights: the anomaly scores of k-means and of Gaussian mixtures. Pure."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.sources.classical.ensemble import Ensemble, FeatureType, Reals
from fleet.lib.errors import Refused

TREES: Final = "EDGEFLEET_TREES"
DISTANCES: Final = "EDGEFLEET_DISTANCES"
CENTRES_MAX: Final = 1024
FEATURES_MAX: Final = 4096


@dataclass(frozen=True)
class Centres:
    """The least over all centres of `offset + sum(weight * (x - centre)^2)`, or its root."""

    centres: Reals
    weights: Reals
    offsets: Reals
    root: bool
    given: FeatureType | None = None

    @property
    def features(self) -> int:
        """Numbers of a sample."""
        return int(self.centres.shape[1])

    @property
    def kinds(self) -> dict[str, int]:
        """What it is made of, for people."""
        return {"centres": len(self.centres)}


Classical = Ensemble | Centres


def outline(model: Classical) -> dict[str, Any]:
    """Inputs, outputs and operators, as admission tells them."""
    trees = isinstance(model, Ensemble)
    width = len(model.base) if isinstance(model, Ensemble) else 1
    schema = {
        "inputs": [{"name": "features", "shape": [1, model.features], "dtype": "float32"}],
        "outputs": [{"name": "result", "shape": [1, width], "dtype": "float32"}],
    }
    return {"io_schema": schema, "ops": {TREES if trees else DISTANCES: 1}}


def behind(model: Classical, offset: Reals, factor: Reals) -> Classical:
    """The model of plain samples, of one that was trained on `(x - offset) * factor`.

    Raises Refused for a factor that turns or forgets a feature.
    """
    wide = offset.shape == factor.shape == (model.features,)
    if not wide or not np.all(np.isfinite(offset)) or not np.all((factor > 0) & (factor < np.inf)):
        raise Refused("The scaler in front of the model is not one that is read.")
    if isinstance(model, Centres):
        there, weights = model.centres / factor + offset, model.weights * factor**2
        return replace(model, centres=there, weights=weights)
    moved = model.threshold / factor[model.feature] + offset[model.feature]
    return replace(model, threshold=moved)


def checked(model: Centres) -> Centres:
    """Raises Refused for what no score can be worked out from."""
    shape = model.centres.shape
    if not 0 < shape[0] <= CENTRES_MAX or not 0 < shape[1] <= FEATURES_MAX:
        raise Refused(
            f"The model has {shape[0]} centres of {shape[1]} features; at most {CENTRES_MAX} and "
            f"{FEATURES_MAX} are read."
        )
    if model.weights.shape != shape or model.offsets.shape != shape[:1]:
        raise Refused("Weights must be as many as the numbers of all centres, offsets as centres.")
    every = (model.centres, model.weights, model.offsets)
    if not all(np.all(np.isfinite(values)) for values in every):
        raise Refused("A centre, a weight or an offset is not a finite number.")
    if np.any(model.weights < 0) or not np.any(model.weights > 0):
        raise Refused("A weight is negative, or all are 0.")
    if model.root and np.any(model.offsets < 0):
        raise Refused("An offset is negative, and a distance has no root then.")
    return model


def scores(model: Centres, x: NDArray[Any]) -> Reals:
    """What the model says in real numbers, one column."""
    apart = x.astype(np.float64)[:, None, :] - model.centres[None]
    least = (model.offsets + (model.weights * apart * apart).sum(axis=2)).min(axis=1)
    return np.asarray(np.sqrt(least) if model.root else least)[:, None]
