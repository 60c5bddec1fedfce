"""What a device says it runs: four members among its attributes, and whether they agree with a
release. No queries.

* `release`, `model`, `version` and `sha256` tell it; the other attributes are the device's own.
* They follow the mode of the report as all attributes do: a merge changes what it names, a removal
  takes away what it names, and a report that names none of them says nothing of what runs.
* An empty `release` says that no model of ours runs.
"""

from collections.abc import Mapping
from typing import Any

from device_agent.protocol.ddi import ConfigData, MergeMode
from ota.models import Assignment, Release

RUNNING = ("release", "model", "version", "sha256")
IDENTITY = ("release", "sha256")  # each of them alone tells releases apart
NAMES = ("model", "version")  # other clients have attributes of these names


def told(config: ConfigData) -> dict[str, str]:
    """Return what a report says of it."""
    return {key: config.data[key] for key in RUNNING if key in config.data}


def merged(before: Mapping[str, str], data: Mapping[str, str], mode: MergeMode) -> dict[str, str]:
    """Attributes after a report."""
    match mode:
        case MergeMode.MERGE:
            return {**before, **data}
        case MergeMode.REPLACE:
            return dict(data)
        case MergeMode.REMOVE:
            return {key: value for key, value in before.items() if key not in data}


def running_after(before: Mapping[str, str], config: ConfigData) -> dict[str, str] | None:
    """Return what runs after a report; None where it says nothing of that."""
    said = told(config)
    if not said:
        return None
    none = config.mode is not MergeMode.REMOVE and said.get("release") == ""
    after = merged({} if none else before, said, config.mode)
    return {key: value for key, value in after.items() if value}


def installed_by(row: Assignment) -> dict[str, str]:
    """Return what a device runs once this assignment has succeeded."""
    return {
        "release": row.release.public_id,
        "model": row.release.product,
        "version": row.release.label,
        "sha256": row.artifact.sha256 if row.artifact else "",
    }


def runs_release(running: Mapping[str, Any], release: Release) -> bool:
    """Tell whether what a device says is that release, in all that it says."""
    label = running.get("version") or release.label
    return running.get("release") == release.public_id and label == release.label


def denies(said: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether a report says for certain that something else runs, or nothing."""
    return said.get("release") == "" or _differ(said, wanted, IDENTITY)


def names_another(said: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether a report that names no release tells another model or version."""
    return not said.get("release") and _differ(said, wanted, NAMES)


def in_words(running: Mapping[str, Any]) -> str:
    """Return what runs, for people."""
    named = " ".join(str(running[key]) for key in NAMES if running.get(key))
    if named:
        return named
    release = running.get("release") or running.get("sha256")
    return f"release {release}" if release else "no model"


def _differ(said: Mapping[str, str], wanted: Mapping[str, str], keys: tuple[str, ...]) -> bool:
    return any(said[key] != wanted[key] for key in keys if said.get(key) and wanted.get(key))
