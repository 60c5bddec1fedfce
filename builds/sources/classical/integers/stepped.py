"""A classical model in integers: the `.tflite` that builds start from, and what is told of it."""

from typing import Any, Final, NamedTuple

import numpy as np

from builds.compiler import write_model
from builds.compiler.arithmetic.multiplier import RANGES, quantize_multiplier
from builds.compiler.operators.reductions.classical import distances
from builds.recipes.quantize.data import Floats
from builds.sources.classical.centres import DISTANCES, TREES, Centres, Classical, scores
from builds.sources.classical.ensemble import Ensemble, FeatureType, Gives, Reals, answers
from builds.sources.classical.integers.features import SAME, as_it_travels, candidates, feature_of
from builds.sources.classical.integers.leaves import figures, stepped_leaves
from builds.sources.classical.integers.network import network, result
from builds.sources.classical.integers.thresholds import stepped
from fleet.lib.errors import Refused

WORD: Final = 32767
SUM_MAX: Final = 1 << 30
ROOM: Final = 4.0  # of a score: so many times the largest that the samples have


class InSteps(NamedTuple):
    """The file, how its input travels, and figures for the report."""

    tflite: bytes
    given: FeatureType
    report: dict[str, Any]


def in_steps(model: Classical, samples: Floats | None) -> InSteps:
    """Make the file, with what the samples say of the input's range. Raises Refused."""
    if samples is not None and not np.all(np.isfinite(samples)):
        raise Refused("A sample of the dataset has a number that is not finite.")
    return _trees(model, samples) if isinstance(model, Ensemble) else _centres(model, samples)


def real_answers(model: Classical, x: Floats) -> Reals:
    """What the model says in real numbers."""
    return answers(model, x) if isinstance(model, Ensemble) else scores(model, x)


def _trees(model: Ensemble, samples: Floats | None) -> InSteps:
    given, same = feature_of(model, samples)
    leaves = stepped_leaves(model)
    nodes, roots = stepped(model, given, leaves.renamed)
    columns: list[Any] = list(zip(*(nodes or [(0, 0, -1, -1)]), strict=True))
    constants = {
        "nodes": np.asarray(columns[0], np.int32),
        "thresholds": np.asarray(columns[1], given.dtype),
        "children": np.asarray(columns[2:], np.int32).T.copy(),
        "roots": np.asarray(roots, np.int32),
        "targets": model.targets.astype(np.int32),
        "leaves": leaves.rows.astype(np.int32),
        "base": leaves.base.astype(np.int32),
        "link": np.asarray(leaves.link, np.int32),
    }
    name = "values" if model.gives is Gives.VALUES else "probabilities"
    output = result(len(constants) + 1, len(model.base), leaves.output, name)
    graph = network(TREES, given, model.features, constants, output)
    told = {"nodes_kept": len(nodes), "samples_unchanged": same, **model.kinds, **figures(leaves)}
    return InSteps(write_model(graph), given, told)


def _centres(model: Centres, samples: Floats | None) -> InSteps:
    given = model.given or _nearest(model, samples)
    low, high = RANGES[given.dtype]
    finer = 8 if given.dtype == "int8" else 0
    exact = (model.centres / given.scale + given.zero_point) * (1 << finer)
    centres = np.clip(np.rint(exact), low << finer, high << finer).astype(np.int64)
    unit = float(model.weights.max()) / WORD * (given.scale / (1 << finer)) ** 2
    weights = np.rint(model.weights / model.weights.max() * WORD).astype(np.int64)
    offsets = [round(float(value) / unit) for value in model.offsets]
    far = np.maximum(centres - (low << finer), (high << finer) - centres).astype(object)
    sums = (weights.astype(object) * far * far).sum(axis=1)
    most = max(int(s) + abs(o) for s, o in zip(sums, offsets, strict=True))
    if most >= 1 << 62:
        raise Refused("Offsets and distances of the centres lie too far apart for one sum.")
    cut = 0 if model.root else max(0, most.bit_length() - 30)
    step = unit**0.5 if model.root else unit * (1 << cut)
    bound = _largest(model, samples, most * unit)
    output = FeatureType("int16", max(float(np.float32(bound / (WORD - 1))), step * 1.001))
    by = quantize_multiplier(step / output.scale)
    kind = distances.Score.ROOT if model.root else distances.Score.SUM
    constants = {
        "centres": centres.astype(np.int32),
        "weights": weights.astype(np.int32),
        "offsets": np.asarray(offsets, np.int64),
        "link": np.asarray([kind, by.value, max(by.shift, -30), cut, finer], np.int32),
    }
    target = result(len(constants) + 1, 1, output, "score")
    graph = network(DISTANCES, given, model.features, constants, target)
    return InSteps(write_model(graph), given, {**model.kinds, "largest_score": bound})


def _largest(model: Centres, samples: Floats | None, most: float) -> float:
    """Beyond this a score stays what it is."""
    ends = most**0.5 if model.root else most
    if samples is None:
        return ends
    return min(ends, ROOM * float(np.abs(scores(model, samples)).max()) or ends)


def _nearest(model: Centres, samples: Floats | None) -> FeatureType:
    """The narrowest steps that name the same centre; whole numbers are exact."""
    if samples is None:
        raise Refused("How features travel is open: give calibration samples, or say it.")
    held = np.concatenate([samples, model.centres.astype(np.float32)])
    reals, chosen = scores(model, samples), None
    for chosen in candidates(held):
        off = np.abs(scores(model, as_it_travels(samples, chosen).astype(np.float64)) - reals)
        if float(off.max()) <= (1 - SAME) * 10 * float(np.abs(reals).max() or 1.0):
            break
    return chosen or FeatureType("int16")
