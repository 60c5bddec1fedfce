"""Labels as people type them: `lot=B7`, a line each, for a value may hold a comma. Pure."""

from collections.abc import Mapping
from typing import Final

from fleet.lib.errors import Refused

TEXT_MAX: Final = 20_000  # characters: the most labels a device may have, with room


def labels_of(text: str) -> dict[str, str]:
    """Return the labels in the text. Raises Refused for a part that is no `key=value`."""
    if len(text) > TEXT_MAX:
        raise Refused(f"Labels may take {TEXT_MAX} characters, not {len(text)}.")
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = (each.strip() for each in part.partition("="))
        if not equals:
            raise Refused(f"{part[:80]!r} is not a label: write key=value, such as lot=B7.")
        if key in found:
            raise Refused(f"The label {key[:80]!r} is there twice.")
        found[key] = value
    return found


def text_of(labels: Mapping[str, str]) -> str:
    """Return labels a line each, as the form shows them."""
    return "\n".join(f"{key}={value}" for key, value in sorted(labels.items()))
