"""What labels may look like. Pure; one rule for people, enrolment codes and devices."""

from collections.abc import Mapping
from typing import Final

from fleet.devices.labels.query import DEVICE_KEYS, KEY, VALUE_MAX
from fleet.lib.errors import Refused

LABELS_MAX: Final = 64  # labels of one device


def checked_labels(labels: Mapping[str, object]) -> dict[str, str]:
    """Return the labels, or raise Refused with the first that cannot be one."""
    if len(labels) > LABELS_MAX:
        raise Refused(f"A device has at most {LABELS_MAX} labels.")
    return {_key(key): _value(key, value) for key, value in sorted(labels.items())}


def _key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise Refused(
            f"{key[:80]!r} is not a label: a letter, then letters, digits, '.', '_' or '-'."
        )
    if key in DEVICE_KEYS:
        raise Refused(f"{key!r} belongs to the device itself and cannot be a label.")
    return key


def _value(key: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= VALUE_MAX:
        raise Refused(f"The label {key!r} needs a text of 1 to {VALUE_MAX} characters.")
    if '"' in value or not value.isprintable():
        raise Refused(f"The label {key!r} may hold no quotes and no control characters.")
    return value
