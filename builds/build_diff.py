"""By what two builds of a model differ: nothing, the weights alone, the code, or the interface.

Pure and light: the web process compares reports without loading the compiler. Guarantees: what
cannot be told apart counts as a change of code.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

FIELDS = ("abi", "code_sha256", "weights_sha256")
INTERFACE_FIELD = "interface"  # reports made before it was told lack it


class UntoldChange(ValueError):
    """A report that does not say what its build is made of."""


class Change(StrEnum):
    """What a new build changes for a device that has the old one."""

    IDENTICAL = "identical"
    WEIGHTS_ONLY = "weights only"
    CODE_AND_WEIGHTS = "code and weights"
    INTERFACE = "interface"

    @property
    def sentence(self) -> str:
        """What has to be shipped."""
        return _SENTENCES[self]


_SENTENCES = {
    Change.IDENTICAL: "Both builds are the same bytes.",
    Change.WEIGHTS_ONLY: "Only the weights differ: their section can be shipped without the code.",
    Change.CODE_AND_WEIGHTS: "Code and weights differ: both have to be shipped.",
    Change.INTERFACE: (
        "Inputs or outputs differ in number, type, shape or scale: the application that fills and "
        "reads them has to change too."
    ),
}


def change_between(report_a: Mapping[str, Any], report_b: Mapping[str, Any]) -> Change:
    """Compare two build reports."""
    a, b = _sections(report_a), _sections(report_b)
    if all(a[field] == b[field] for field in FIELDS):
        return Change.IDENTICAL
    known = INTERFACE_FIELD in a and INTERFACE_FIELD in b
    if known and a[INTERFACE_FIELD] != b[INTERFACE_FIELD]:
        return Change.INTERFACE
    same_code = a["abi"] == b["abi"] and a["code_sha256"] == b["code_sha256"]
    return Change.WEIGHTS_ONLY if same_code else Change.CODE_AND_WEIGHTS


def _sections(report: Mapping[str, Any]) -> Mapping[str, Any]:
    raw = report.get("sections")
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(f), str) for f in FIELDS):
        raise UntoldChange("This report does not say what its build is made of: build it again.")
    return raw
