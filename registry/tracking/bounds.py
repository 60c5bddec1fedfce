"""How much a training script may tell, and what its names look like. Pure.

Guarantees: what passes is text that can be stored, paths that lead nowhere else, and documents that
a page can show.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from fleet.lib import text
from fleet.lib.errors import Refused, TooLarge
from registry.models import KEY_MAX, PATH_MAX

ENTRIES_MAX: Final = 1000  # parameters of a run; as many tags, and metrics
VALUE_MAX: Final = 8000  # characters of a parameter or a tag
DOCUMENT_BYTES: Final = 512 * 1024  # of all parameters of a run, or all tags
POINTS_MAX: Final = 200_000  # values of all metrics of a run
INPUTS_MAX: Final = 100  # datasets, or logged models, of a run
DEPTH_MAX: Final = 12  # folders inside one another
WORDS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def check_key(key: str, what: str) -> str:
    """The name of a parameter, a metric or a tag. Raises Refused."""
    if not 1 <= len(key) <= KEY_MAX or not key.isprintable():
        raise Refused(f"The name of a {what} has 1 to {KEY_MAX} printable characters.")
    return key


def merged(there: Mapping[str, Any], new: Mapping[str, Any], what: str) -> dict[str, Any]:
    """A document with some entries more. Raises Refused or TooLarge where it outgrows its bound."""
    for key, value in new.items():
        check_key(key, what)
        if isinstance(value, str) and len(value) > VALUE_MAX:
            raise TooLarge(f"The {what} {key} has more than {VALUE_MAX} characters.")
    both = {**there, **new}
    if len(both) > ENTRIES_MAX:
        raise Refused(f"There are at most {ENTRIES_MAX} of each kind; one {what} too many.")
    if len(json.dumps(both)) > DOCUMENT_BYTES:
        raise TooLarge(f"All of a kind together have at most {DOCUMENT_BYTES} bytes: {what}.")
    return both


def check_path(path: str) -> str:
    """The path of a logged file, from its folder on. Raises Refused."""
    parts = path.split("/")
    plain = all(part and part not in {".", ".."} and part.isprintable() for part in parts)
    if not plain or "\\" in path or text.fault(path):
        raise Refused("The path of a file has plain names between its slashes.")
    if len(path) > PATH_MAX or len(parts) > DEPTH_MAX:
        raise Refused(f"A path has at most {PATH_MAX} characters and {DEPTH_MAX} names.")
    return path


def number_of(value: float | str) -> tuple[float | None, str]:
    """A metric's value as its columns hold it. Raises Refused."""
    if isinstance(value, str):
        if value not in WORDS:
            raise Refused("The value of a metric is a number, NaN, Infinity or -Infinity.")
        return None, value
    if not math.isfinite(value):
        raise Refused("The value of a metric is a number that JSON knows, or a word.")
    return float(value), ""
