"""What scikit-learn says of a data set, by the model in real numbers and by the one in integers."""

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.mixture import GaussianMixture

from builds.sources.classical.integers.stepped import in_steps, real_answers
from builds.sources.classical.readers.described import described
from tests.builds.sources.classical.descriptions import Document, of_boosted, of_forest, written
from tests.builds.sources.classical.stepping import asked

Array = np.ndarray[Any, np.dtype[Any]]
LEAST = 1 / 256


@cache
def data(name: str) -> tuple[Array, Array]:
    x, y = {"digits": load_digits, "wine": load_wine}[name](return_X_y=True)
    return x.astype(np.float32), y


def held_out(name: str, model: Any) -> tuple[Array, Array]:
    """Fit on two samples of three; give those, and the others."""
    x, y = data(name)
    trained = np.arange(len(x)) % 3 != 0
    model.fit(x[trained], y[trained])
    return x[trained], x[~trained][:120]


def boosted(model: Any) -> Document:
    shares = model.init_.class_prior_
    return of_boosted(model, np.log(shares).tolist())


@pytest.mark.parametrize(
    ("name", "model", "document", "travels"),
    [
        ("digits", RandomForestClassifier(10, random_state=0), of_forest, "int8"),
        (
            "wine",
            RandomForestClassifier(8, min_samples_leaf=3, random_state=0),
            of_forest,
            "float32",
        ),
        ("wine", GradientBoostingClassifier(n_estimators=5, random_state=0), boosted, "float32"),
    ],
)
def test_ensembles(name: str, model: Any, document: Any, travels: str) -> None:
    seen, others = held_out(name, model)
    read = described(written(document(model)))
    made = in_steps(read, seen)
    theirs, ours = model.predict_proba(others), asked(made, others)
    assert made.given.dtype == travels
    assert np.abs(real_answers(read, others) - theirs).max() < 1e-12
    assert np.abs(ours - theirs).max() <= 1.2 * LEAST
    assert np.array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_distances_to_centres() -> None:
    model = KMeans(6, n_init=1, random_state=0)
    seen, others = held_out("digits", model)
    read = described(
        written({"edgefleet": "centres/1", "centres": model.cluster_centers_.tolist()})
    )
    theirs = model.transform(others).min(axis=1)
    ours = asked(in_steps(read, seen), others)[:, 0]
    assert np.abs(real_answers(read, others)[:, 0] - theirs).max() < 1e-4
    assert np.abs(ours - theirs).max() < 0.005 * theirs.max()


def test_mixtures_are_their_nearest_component() -> None:
    model = GaussianMixture(3, covariance_type="diag", random_state=0)
    _, others = held_out("wine", model)
    sharp = model.precisions_
    room = sharp.shape[1] * np.log(2 * np.pi) - np.log(sharp).sum(axis=1)
    document = {
        "edgefleet": "centres/1",
        "root": False,
        "centres": model.means_.tolist(),
        "weights": (sharp / 2).tolist(),
        "offsets": (0.5 * room - np.log(model.weights_)).tolist(),
    }
    reals = real_answers(described(written(document)), others)[:, 0]
    above = reals + model.score_samples(others)
    assert np.all(above >= -1e-3)  # scikit-learn sums in single precision
    assert above.max() <= np.log(3)


def test_one_scale_that_is_too_coarse_is_not_taken() -> None:
    """Wine's features lie between 0.1 and 1,700: no steps of 16 bits tell the small ones apart."""
    model = RandomForestClassifier(8, random_state=0)
    seen, _ = held_out("wine", model)
    document = of_forest(model)
    assert in_steps(described(written(document)), seen).given.dtype == "float32"
    said = document | {"input": {"type": "int8", "scale": 8, "zero_point": -128}}
    made = in_steps(described(written(said)), seen)
    assert made.given.dtype == "int8"
    assert made.report["samples_unchanged"] < 0.9
    assert json.dumps(made.report)
