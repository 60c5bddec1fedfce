"""By what two builds of a model differ: nothing, the weights alone, or the code too.

Guarantees: "weights only" is said of two images whose every byte outside the weights' section is
the same, at the same addresses, and whose graph, shapes and layout agree: the new section can be
written over the old one. What cannot be told apart counts as a change of code.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from builds.compiler import Compiled, Graph, Tensor
from builds.export.errors import ExportError
from builds.targets import Target
from builds.toolchain.elf import MAGIC, Elf

FORMAT = 1
WEIGHTS = ".ef_weights"
WEIGHTS_ARRAY = re.compile(r"^EF_WEIGHTS const (\w+) \w+\[(\d+)\]", re.MULTILINE)
FIELDS = ("abi", "code_sha256", "weights_sha256")


class Change(StrEnum):
    """What a new build changes for a device that has the old one."""

    IDENTICAL = "identical"
    WEIGHTS_ONLY = "weights only"
    CODE_AND_WEIGHTS = "code and weights"


@dataclass(frozen=True)
class Sections:
    """The digests that a build report carries under `sections`."""

    abi: str  # of graph, shapes and layout
    code_sha256: str  # of all that is not weights, with its addresses
    weights_sha256: str
    weights_bytes: int

    def as_dict(self) -> dict[str, str | int]:
        """For a report."""
        return asdict(self)


def sections_of(compiled: Compiled, target: Target, image: bytes) -> Sections:
    """The digests of a build; `image` is what the toolchain linked."""
    code, weights = split_image(image)
    return Sections(
        abi=abi_hash(compiled, target),
        code_sha256=code,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        weights_bytes=len(weights),
    )


def change_between(report_a: Mapping[str, Any], report_b: Mapping[str, Any]) -> Change:
    """Compare two build reports."""
    a, b = _sections(report_a), _sections(report_b)
    if a == b:
        return Change.IDENTICAL
    same_code = a["abi"] == b["abi"] and a["code_sha256"] == b["code_sha256"]
    return Change.WEIGHTS_ONLY if same_code else Change.CODE_AND_WEIGHTS


def split_image(image: bytes) -> tuple[str, bytes]:
    """The digest of everything but the weights, and the weights; an image that is no ELF file has
    no part that could be told apart.
    """
    if image[: len(MAGIC)] != MAGIC:
        return hashlib.sha256(image).hexdigest(), image
    code, weights = hashlib.sha256(), b""
    for section in Elf(image).pieces:
        head = f"{section.name} {section.address:x} {section.size:x}\n"
        code.update(head.encode())
        if section.name == WEIGHTS:
            weights = section.data
        else:
            code.update(section.data)
    return code.hexdigest(), weights


def abi_hash(compiled: Compiled, target: Target) -> str:
    """A digest of what a device's code and its weights must agree on."""
    document = {
        "format": FORMAT,
        "target": target.name,
        "operators": [_operator(compiled.graph, index) for index in range(len(compiled.graph.ops))],
        "inputs": [_interface(tensor) for tensor in compiled.graph.inputs],
        "outputs": [_interface(tensor) for tensor in compiled.graph.outputs],
        "weights": WEIGHTS_ARRAY.findall(compiled.files["model.cc"]),
        "arena": sorted(compiled.plan.offsets.items()),
        "arena_bytes": compiled.arena_bytes,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _operator(graph: Graph, index: int) -> list[Any]:
    op = graph.ops[index]
    given = [graph.operand(op, position) for position in range(len(op.inputs))]
    shapes = [_shape(tensor) if tensor else None for tensor in given]
    made = [_shape(graph.tensor(output)) for output in op.outputs]
    return [op.kind, dict(op.options), list(op.inputs), list(op.outputs), shapes, made]


def _shape(tensor: Tensor) -> list[Any]:
    return [tensor.dtype, list(tensor.shape), tensor.data is not None]


def _interface(tensor: Tensor) -> list[Any]:
    # Callers compile these numbers in, so another scale is another interface.
    return [*_shape(tensor), list(tensor.scales), tensor.zero_point]


def _sections(report: Mapping[str, Any]) -> dict[str, str]:
    raw = report.get("sections")
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(f), str) for f in FIELDS):
        raise ExportError("This report does not say what its build is made of: build it again.")
    return {field: raw[field] for field in FIELDS}
