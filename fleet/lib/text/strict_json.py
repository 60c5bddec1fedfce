"""JSON that came from outside, read strictly: bounded, one meaning, and storable.

Refused: bytes that are not UTF-8, two members of one name, NaN and infinity in any spelling, whole
numbers beyond 64 bits, nesting beyond `DEPTH_MAX`, and text that no database holds.
"""

import json
import math
from typing import Any, Final

from fleet.lib import text
from fleet.lib.errors import Refused

DEPTH_MAX: Final = 32  # objects and arrays inside one another
DIGITS_MAX: Final = 20  # of a whole number, its sign included
INTEGER_MAX: Final = 2**63 - 1
CODE: Final = "parse_error"


def parse(data: bytes | str, *, at: str = "body") -> Any:
    """Return the value. Raises Refused with one sentence that says what is wrong."""
    try:
        given = data.decode() if isinstance(data, bytes) else data
        value = json.loads(
            given,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as error:
        raise Refused(f"{at}: this is not UTF-8.", code=CODE) from error
    except RecursionError as error:
        raise _too_deep(at) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"{at}: this is not JSON ({where}).", code=CODE) from error
    if _deeper_than(value, DEPTH_MAX):
        raise _too_deep(at)
    text.require_storable(value, at=at)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Refused(f"{name!a} is given twice.", code=CODE)
        members[name] = value
    return members


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_MAX or abs(int(digits)) > INTEGER_MAX:
        raise Refused("A whole number has at most 64 bits.", code=CODE)
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Refused("A number is beyond what 64 bits hold.", code=CODE)
    return value


def _no_number(name: str) -> Any:
    raise Refused(f"{name} is not a number of JSON.", code=CODE)


def _too_deep(at: str) -> Refused:
    return Refused(f"{at}: this is nested deeper than {DEPTH_MAX} levels.", code=CODE)


def _deeper_than(value: Any, levels: int) -> bool:
    members = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return False
    return levels == 0 or any(_deeper_than(member, levels - 1) for member in members)
