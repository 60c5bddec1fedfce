"""The digests that tell by what two builds differ; `builds.build_diff` compares them.

Guarantees: equal digests of code mean that every byte outside the weights' section is the same, at
the same addresses; with an equal ABI (graph, shapes, layout) the new section can be written over
the old one.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from builds.compiler import Compiled, Graph, Tensor
from builds.targets import Target
from builds.toolchain.elf import MAGIC, Elf

FORMAT = 1
WEIGHTS = ".ef_weights"
WEIGHTS_ARRAY = re.compile(r"^EF_WEIGHTS const (\w+) \w+\[(\d+)\]", re.MULTILINE)


@dataclass(frozen=True)
class Sections:
    """The digests that a build report carries under `sections`."""

    abi: str  # of graph, shapes and layout
    interface: str  # of what an application compiles in
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
        abi=compiled.abi or abi_hash(compiled, target),
        interface=interface_hash(compiled),
        code_sha256=code,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        weights_bytes=len(weights),
    )


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
        "weights": WEIGHTS_ARRAY.findall(compiled.source),
        "arena": sorted(compiled.plan.offsets.items()),
        "arena_bytes": compiled.arena_bytes,
    }
    return _digest(document)


def interface_hash(compiled: Compiled) -> str:
    """A digest of what an application knows of inputs and outputs.

    Scales are part of it unless weights are apart: then the application asks the model for them.
    """
    told = _shape if compiled.abi else _interface
    sides = (compiled.graph.inputs, compiled.graph.outputs)
    return _digest([[told(tensor) for tensor in tensors] for tensors in sides])


def _digest(document: Any) -> str:
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
