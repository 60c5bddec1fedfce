"""Reading EdgeFleet's own description of a classical model: JSON, as the manual has it. Pure.

Guarantees: any bytes give a model or one sentence; lists are bounded before they become arrays; a
number is a number, and no name in the file is ever looked up.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from builds.sources.classical.centres import Centres, Classical, checked
from builds.sources.classical.ensemble import (
    OUTPUTS_MAX,
    TREES_MAX,
    Ensemble,
    FeatureType,
    Gives,
    PlainTree,
    Reals,
    Wholes,
    grown,
)
from fleet.lib.errors import Refused

BYTES_MAX: Final = 16 * 1024**2
NODES_MAX: Final = 1 << 18  # of one list
WHOLE_MAX: Final = 1 << 31
COMBINES: Final = frozenset({"sum", "mean"})
TYPES: Final = frozenset({"int8", "int16", "float32"})
SCALES: Final = (1e-15, 1e15)


def described(data: bytes) -> Classical:
    """The model of a description. Raises Refused."""
    if len(data) > BYTES_MAX:
        raise Refused(f"The description has {len(data)} bytes; at most {BYTES_MAX} are read.")
    try:
        found = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused("The description is not JSON, or was cut off.", code="unreadable") from None
    kind = found.get("edgefleet") if isinstance(found, dict) else None
    if not isinstance(kind, str) or kind not in READERS:
        raise Refused(
            "This JSON does not say what it describes; its member edgefleet is to be one of "
            f"{', '.join(sorted(READERS))}."
        )
    return READERS[kind](found)


def _no_number(name: str) -> float:
    raise Refused(f"The description has {name} in the place of a number.")


def _trees(found: Mapping[str, Any]) -> Ensemble:
    rows = _list(found, "trees", TREES_MAX)
    combine, gives = _word(found, "combine", COMBINES), _word(found, "gives", set(Gives))
    trees = [_tree(number, row) for number, row in enumerate(rows)]
    if combine == "mean":
        trees = [
            PlainTree(
                t.feature, t.threshold, t.strict, t.left, t.right, t.value / len(trees), t.target
            )
            for t in trees
        ]
    base = _reals(found, "base", OUTPUTS_MAX)
    return grown(trees, _whole(found, "features"), base, Gives(gives), _given(found))


def _tree(number: int, row: Any) -> PlainTree:
    if not isinstance(row, dict):
        raise Refused(f"Tree {number} is not an object.")
    try:
        feature, left, right = (_wholes(row, name) for name in ("feature", "left", "right"))
        threshold, value = _reals(row, "threshold", NODES_MAX), _matrix(row, "value")
    except Refused as error:
        raise Refused(f"In tree {number}: {error.message}") from None
    count = len(feature)
    if not count or any(len(other) != count for other in (left, right, threshold, value)):
        raise Refused(f"The lists of tree {number} are empty, or of different lengths.")
    target = _whole(row, "output") if "output" in row else 0
    return PlainTree(feature, threshold, np.zeros(count, np.bool_), left, right, value, target)


def _centres(found: Mapping[str, Any]) -> Centres:
    centres = _matrix(found, "centres")
    weights = _matrix(found, "weights") if "weights" in found else np.ones_like(centres)
    count = len(centres)
    offsets = _reals(found, "offsets", count) if "offsets" in found else np.zeros(count)
    root = found.get("root", True)
    if not isinstance(root, bool):
        raise Refused("root of the description is to be true or false.")
    return checked(Centres(centres, weights, offsets, root, _given(found)))


READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Classical]]] = {
    "trees/1": _trees,
    "centres/1": _centres,
}


def _given(found: Mapping[str, Any]) -> FeatureType | None:
    row = found.get("input")
    if row is None:
        return None
    if not isinstance(row, dict):
        raise Refused("input of the description is to be an object.")
    dtype = str(_word(row, "type", TYPES))
    scale = float(_number(row.get("scale", 1), "scale"))
    zero = _whole(row, "zero_point") if "zero_point" in row else 0
    if not SCALES[0] <= scale <= SCALES[1] or (dtype != "int8" and zero) or not -128 <= zero <= 127:
        raise Refused("The scale or the zero point of the description's input is out of bounds.")
    return FeatureType(dtype, float(np.float32(scale)), zero)


def _word(found: Mapping[str, Any], name: str, words: Any) -> str:
    value = found.get(name)
    if not isinstance(value, str) or value not in words:
        raise Refused(f"{name} of the description is to be one of {', '.join(sorted(words))}.")
    return value


def _number(value: Any, name: str) -> float:
    if type(value) not in {int, float} or not abs(value) < 1e300:
        raise Refused(f"{name} of the description has what is not a number.")
    return float(value)


def _whole(found: Mapping[str, Any], name: str) -> int:
    value = found.get(name)
    if type(value) is not int or not abs(value) < WHOLE_MAX:
        raise Refused(f"{name} of the description is to be a whole number.")
    return value


def _list(found: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
    value = found.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise Refused(f"{name} of the description is to be a list of 1 to {most}.")
    return value


def _wholes(found: Mapping[str, Any], name: str) -> Wholes:
    values = _list(found, name, NODES_MAX)
    if any(type(value) is not int or not abs(value) < WHOLE_MAX for value in values):
        raise Refused(f"{name} of the description is to hold whole numbers.")
    return np.asarray(values, np.int64)


def _reals(found: Mapping[str, Any], name: str, most: int) -> Reals:
    return np.asarray([_number(value, name) for value in _list(found, name, most)], np.float64)


def _matrix(found: Mapping[str, Any], name: str) -> Reals:
    """Rows of one length; a row of one number may stand without brackets."""
    rows = [row if isinstance(row, list) else [row] for row in _list(found, name, NODES_MAX)]
    if not rows[0] or len({len(row) for row in rows}) != 1:
        raise Refused(f"The rows of {name} have different lengths.")
    numbers = [_number(value, name) for row in rows for value in row]
    return np.asarray(numbers, np.float64).reshape(len(rows), -1)
