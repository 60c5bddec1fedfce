"""By what two builds of a model differ: nothing, the weights alone, or the code too.

Pure and light: the web process compares reports without loading the compiler. Guarantees: what
cannot be told apart counts as a change of code.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

FIELDS = ("abi", "code_sha256", "weights_sha256")


class UntoldChange(ValueError):
    """A report that does not say what its build is made of."""


class Change(StrEnum):
    """What a new build changes for a device that has the old one."""

    IDENTICAL = "identical"
    WEIGHTS_ONLY = "weights only"
    CODE_AND_WEIGHTS = "code and weights"


def change_between(report_a: Mapping[str, Any], report_b: Mapping[str, Any]) -> Change:
    """Compare two build reports."""
    a, b = _sections(report_a), _sections(report_b)
    if a == b:
        return Change.IDENTICAL
    same_code = a["abi"] == b["abi"] and a["code_sha256"] == b["code_sha256"]
    return Change.WEIGHTS_ONLY if same_code else Change.CODE_AND_WEIGHTS


def _sections(report: Mapping[str, Any]) -> dict[str, str]:
    raw = report.get("sections")
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(f), str) for f in FIELDS):
        raise UntoldChange("This report does not say what its build is made of: build it again.")
    return {field: raw[field] for field in FIELDS}
