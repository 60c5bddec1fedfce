"""The protocol's one byte form of a JSON value, for documents that hold no floats: their text
differs between languages.
"""

from typing import Any

from device_agent.protocol import canonical


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes of `value`. Raises TypeError for floats and unknown types."""
    _refuse_floats(value)
    return canonical.canonical_json(value)


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
