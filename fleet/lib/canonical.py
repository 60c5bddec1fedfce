"""One byte form for one JSON value, so that digests and signatures of documents agree on every
machine.

Keys sorted, no spaces, UTF-8, no NaN or infinity. Floats are refused: their text differs between
languages.
"""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes of `value`. Raises TypeError for floats and unknown types."""
    _refuse_floats(value)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        message = "Canonical JSON holds no floats: write a string or a scaled integer."
        raise TypeError(message)
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
