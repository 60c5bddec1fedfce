"""The suite runs on one Python: what it says holds on the others only if they install the same."""

from collections import defaultdict
from pathlib import Path

import pytest
from packaging.requirements import Requirement

LOCKS = Path(__file__).parents[2] / "requirements"
PYTHONS = ("3.11.4", "3.12.0", "3.13.0")


def installed(lock: str, python: str) -> dict[str, str]:
    """What a lock installs there."""
    here = {"python_full_version": python, "python_version": python[:4]}
    found: dict[str, list[str]] = defaultdict(list)
    for line in (LOCKS / f"{lock}.lock").read_text("utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate(here):
                found[requirement.name].append(str(requirement.specifier))
    assert all(len(versions) == 1 for versions in found.values())
    return {name: versions[0] for name, versions in found.items()}


@pytest.mark.parametrize("lock", ["base", "demo", "agent", "cli", "bootstrap", "fuzz"])
def test_a_lock_has_one_version_of_each_package(lock: str) -> None:
    first, *others = (installed(lock, python) for python in PYTHONS)
    assert first
    assert all(other == first for other in others)
