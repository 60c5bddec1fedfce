"""The rules for names and small documents that people give. Pure.

Guarantees: what passes is safe in URLs, file names, C identifiers' comments and terminal output.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fleet.lib.errors import Refused, TooLarge

MODEL_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
ALIAS: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
DATASET_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,79}")
DOCUMENT_BYTES: Final = 64 * 1024  # of metrics, and of lineage
DEPTH_MAX: Final = 8
CLASSES_MAX: Final = 256
CLASS_NAME_MAX: Final = 64  # characters


def check_model_name(name: str) -> str:
    """A model's name, as it stands in URLs."""
    return _match(MODEL_NAME, name, "A model's name has up to 64 of a-z, 0-9 and -, no - at first.")


def check_label(label: str) -> str:
    """A version's label, such as `1.0`."""
    return _match(LABEL, label, "A label has up to 64 letters, digits and . _ + -.")


def check_alias(name: str) -> str:
    """An alias, such as `production`."""
    return _match(ALIAS, name, "An alias has up to 40 of a-z, 0-9 and -, a letter at first.")


def check_dataset_name(name: str) -> str:
    """A dataset's name."""
    return _match(
        DATASET_NAME, name, "A dataset's name has up to 80 letters, digits, spaces and . _ + -."
    )


def check_document(value: object, what: str) -> dict[str, Any]:
    """Metrics or lineage: a JSON object, not too large and not too deep."""
    if not isinstance(value, Mapping):
        raise Refused(f"{what} must be a JSON object.")
    if _depth(value) > DEPTH_MAX:
        raise Refused(f"{what} is nested more than {DEPTH_MAX} levels deep.")
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Refused(f"{what} must hold plain JSON values only.") from error
    if size > DOCUMENT_BYTES:
        raise TooLarge(f"{what} is larger than {DOCUMENT_BYTES} bytes.")
    return dict(value)


def check_class_names(names: Sequence[object]) -> list[str]:
    """The names of what the model tells apart, in the order of its outputs."""
    if len(names) > CLASSES_MAX:
        raise Refused(f"There are {len(names)} class names; at most {CLASSES_MAX} are kept.")
    for name in names:
        if not isinstance(name, str) or not 1 <= len(name) <= CLASS_NAME_MAX:
            raise Refused(f"A class name is text of 1 to {CLASS_NAME_MAX} characters.")
        if not name.isprintable():
            raise Refused("A class name holds printable characters only.")
    if len(set(names)) != len(names):
        raise Refused("Two classes have the same name.")
    return [str(name) for name in names]


def _match(pattern: re.Pattern[str], text: str, sentence: str) -> str:
    if not pattern.fullmatch(text):
        raise Refused(sentence)
    return text


def _depth(value: object, deep: int = 0) -> int:
    if deep > DEPTH_MAX or not isinstance(value, Mapping | list):
        return deep
    inner = value.values() if isinstance(value, Mapping) else value
    return max((_depth(item, deep + 1) for item in inner), default=deep + 1)
