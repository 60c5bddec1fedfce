"""A folder with windows, schema, reference, labels and settings, checked before it is replayed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.schema import COUNTERS, LATENCY_BUCKETS, TelemetrySchema, parse_schema
from fleet.telemetry.judgement.calibration import accuracy_table
from fleet.telemetry.judgement.layout import Columns, Reals, columns_of
from fleet.telemetry.judgement.limits import Choices
from fleet.telemetry.judgement.metrics import MARGINS
from fleet.telemetry.replay.errors import BadFolder
from fleet.telemetry.replay.windows import Windows, read_windows

JSON_MAX: Final = 64 * 1024 * 1024  # bytes of one file
LABELS_MAX: Final = 64  # of a device
NUMBER_MAX: Final = 1e15  # of one bin of the reference
TEXT_MAX: Final = 200  # characters of a label's key or value
SETTINGS: Final = ("budget", "smallest_change", "gates")


@dataclass(frozen=True)
class Folder:
    """Everything that a replay reads."""

    windows: Windows
    columns: Columns
    reference: Reals
    calibration: tuple[Reals, Reals] | None  # (classes, bins): predictions, and right ones
    accuracy: Reals | None  # (classes, bins)
    names: tuple[str | int, ...]  # of devices
    labels: tuple[Mapping[str, str], ...]  # by device
    choices: Choices
    margins: Mapping[str, float]


def read_folder(path: Path) -> Folder:
    """Return the checked folder. Raises BadFolder."""
    if not path.is_dir():
        raise BadFolder(f"There is no folder {path}.")
    windows = read_windows(path)
    columns = schema_columns(_schema(path))
    if windows.shape[2] != columns.total:
        raise BadFolder(f"'counts' holds {windows.shape[2]} a device, schema.json {columns.total}.")
    reference = _object(path / "reference.json")
    counts = _counts(reference.get("counts"), columns.total)
    calibration = _calibration(reference.get("calibration"), columns)
    names, labels = _labels(path / "labels.json", windows.shape[1])
    choices, margins = _settings(path / "settings.json")
    accuracy = accuracy_table(*calibration) if calibration is not None else None
    return Folder(windows, columns, counts, calibration, accuracy, names, labels, choices, margins)


def schema_columns(schema: TelemetrySchema) -> Columns:
    """Return where the counts of a schema lie."""
    return columns_of(
        [each.name for each in schema.features],
        [len(each.edges) + 1 for each in schema.features],
        schema.classes,
        confidence_bins=16,
        latency_buckets=LATENCY_BUCKETS,
        counters=COUNTERS,
    )


def _schema(path: Path) -> TelemetrySchema:
    try:
        return parse_schema(_object(path / "schema.json"))
    except ProtocolError as error:
        raise BadFolder(f"schema.json: {error}") from error


def _object(path: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not path.exists():
        return {}
    try:
        if path.stat().st_size > JSON_MAX:
            raise BadFolder(f"{path.name} is larger than {JSON_MAX} bytes.")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadFolder(f"The file {path} is missing.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadFolder(f"{path.name} is not readable JSON: {error}.") from error
    if not isinstance(value, dict):
        raise BadFolder(f"{path.name} must hold a JSON object.")
    return value


def _counts(value: Any, length: int) -> Reals:
    found = _numbers(value, "counts")
    if found.ndim != 1:
        raise BadFolder("'counts' of reference.json must be one list of numbers.")
    if found.size != length:
        raise BadFolder(
            f"'counts' of reference.json has {found.size} numbers, {length} are needed."
        )
    return found


def _numbers(value: Any, name: str) -> Reals:
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadFolder(f"{name!r} of reference.json must be numbers.") from error
    if not ((found >= 0) & (found <= NUMBER_MAX)).all():
        raise BadFolder(f"{name!r} of reference.json must be numbers from 0 to {NUMBER_MAX:.0e}.")
    return found


def _calibration(value: Any, columns: Columns) -> tuple[Reals, Reals] | None:
    """Per confidence bin (or class and bin), predictions and right ones."""
    if value is None or value == {} or not columns.classes:
        return None
    if not isinstance(value, dict) or not {"total", "correct"} <= set(value):
        raise BadFolder("The calibration has 'total' and 'correct' by confidence bin.")
    shape = (len(columns.classes), columns.confidence_bins)
    found = []
    for name in ("total", "correct"):
        each = _numbers(value[name], name)
        if each.shape not in {shape, shape[1:]}:
            raise BadFolder(f"{name!r} of the calibration has 16 bins, or 16 for each class.")
        found.append(each)
    if found[0].shape != found[1].shape or (found[1] > found[0]).any():
        raise BadFolder("The calibration says that more predictions are right than there are.")
    return found[0], found[1]


def _labels(
    path: Path, devices: int
) -> tuple[tuple[str | int, ...], tuple[Mapping[str, str], ...]]:
    """Devices by number, or by their order in the file."""
    given = _object(path, optional=True)
    if len(given) > devices:
        raise BadFolder(f"labels.json names {len(given)} devices, there are {devices}.")
    checked = {name: _device_labels(name, each) for name, each in given.items()}
    numbers = all(name.isascii() and name.isdigit() and len(name) < 7 for name in checked)
    if numbers:
        by_number = {int(name): each for name, each in checked.items()}
        if any(number >= devices for number in by_number):
            raise BadFolder(f"labels.json numbers devices from 0 to {devices - 1}.")
        return tuple(range(devices)), tuple(by_number.get(i, {}) for i in range(devices))
    if len(checked) != devices:
        raise BadFolder(f"labels.json names {len(checked)} of {devices} devices.")
    return tuple(checked), tuple(checked.values())


def _device_labels(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > LABELS_MAX:
        raise BadFolder(f"Labels of {name[:TEXT_MAX]!r} must be an object of {LABELS_MAX} texts.")
    found = {key: str(each) for key, each in value.items() if isinstance(each, str | int)}
    if len(found) < len(value) or any(len(k) + len(v) > TEXT_MAX for k, v in found.items()):
        raise BadFolder(
            f"Each label of {name[:TEXT_MAX]!r} must be a text, with its key {TEXT_MAX} characters "
            "at most."
        )
    return found


def _settings(path: Path) -> tuple[Choices, dict[str, float]]:
    given = _object(path, optional=True)
    unknown = sorted(set(given) - set(SETTINGS))
    if unknown:
        raise BadFolder(f"settings.json: unknown {unknown[0]!r}; known are {', '.join(SETTINGS)}.")
    budget = given.get("budget")
    smallest = given.get("smallest_change", Choices().smallest)
    for name, value in (("budget", budget), ("smallest_change", smallest)):
        if value is not None and not _positive(value):
            raise BadFolder(f"settings.json: {name!r} must be a positive number.")
    gates = given.get("gates", {})
    if not isinstance(gates, dict) or not set(gates) <= set(MARGINS):
        raise BadFolder(f"settings.json: 'gates' gives margins of {', '.join(MARGINS)}.")
    if not all(_positive(each) for each in gates.values()):
        raise BadFolder("settings.json: a margin must be a positive number.")
    return Choices(budget, float(smallest)), {name: float(each) for name, each in gates.items()}


def _positive(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value < 1e9
