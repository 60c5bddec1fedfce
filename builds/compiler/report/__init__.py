"""`report.json`: what a build is, what it takes, and what was proved about it. Canonical text."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from builds.compiler.compiled import Compiled
from builds.compiler.recipe import Recipe
from builds.compiler.report.anatomy import anatomy
from builds.compiler.report.reals import reals_of
from builds.compiler.tails import left_to_caller
from builds.targets.spec import Target

Json = dict[str, object]
REFERENCES: Final = ("tflm", "reference")  # engines that nothing of the compiler's computes for


class Sizes(Protocol):
    """What the toolchain measured in the linked image."""

    @property
    def code_bytes(self) -> int:
        """Kernels and tables."""

    @property
    def weights_bytes(self) -> int:
        """Constants of the model."""

    @property
    def compiler_version(self) -> str:
        """Name the program that compiled it."""


class Proved(Protocol):
    """What the verifier found."""

    @property
    def vectors(self) -> int:
        """How many inputs were run."""

    @property
    def equal(self) -> bool:
        """Every engine gave the same bytes."""

    @property
    def engines(self) -> Mapping[str, str | None]:
        """Name each engine that answered, with its version; None for one that did not."""

    @property
    def instructions(self) -> int | None:
        """Of one inference in the emulator."""

    @property
    def stack_bytes(self) -> int | None:
        """Deepest stack in the emulator."""

    @property
    def steps(self) -> Sequence[int]:
        """Instructions of each operator, none where they were not counted."""


def make_report(
    model: bytes,
    compiled: Compiled,
    target: Target,
    recipe: Recipe,
    sizes: Sizes,
    proof: Json | None,
    proved: Proved | None,
) -> Json:
    """Put the report together."""
    stack = proved.stack_bytes if proved else None
    state = compiled.state_bytes
    report: Json = {
        "target": target.name,
        "recipe": recipe.value,
        "compiler": sizes.compiler_version,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "ops": dict(compiled.ops),
        "graph": anatomy(compiled.graph),
        "macs": compiled.macs,
        "flash_bytes": {
            "code": sizes.code_bytes,
            "weights": sizes.weights_bytes,
            "total": sizes.code_bytes + sizes.weights_bytes,
        },
        "ram_bytes": {
            "arena": compiled.arena_bytes,
            "state": state,
            "stack": stack,
            "total": compiled.arena_bytes + state + (stack or 0),
        },
        "plan": {
            "peak_bytes": compiled.plan.peak_bytes,
            "lower_bound_bytes": compiled.plan.lower_bound_bytes,
            "optimal": compiled.plan.optimal,
            "overlapped": compiled.plan.overlapped,
            "drawing": compiled.plan.drawing.splitlines(),
        },
        "instructions": proved.instructions if proved else None,
        "ops_profile": _profile(compiled, proved.steps if proved else ()),
        "proof": proof,
        "proved": proved is not None and proved.equal and has_reference(proved.engines),
    }
    return report | _apart(compiled) | _left(compiled) | reals_of(compiled, target)


def has_reference(engines: Mapping[str, str | None]) -> bool:
    """Whether a reference was among what was compared: TFLM, or our own for classical models."""
    return any(engines.get(name) for name in REFERENCES)


def _left(compiled: Compiled) -> Json:
    """What the model has behind its outputs and the build has not."""
    left = left_to_caller(compiled.graph)
    return {"left_to_caller": list(left)} if left else {}


def _apart(compiled: Compiled) -> Json:
    """What a build with its weights apart says more: what fits it, and what its own weights made
    of its code.
    """
    if not compiled.abi:
        return {}
    return {
        "weights_apart": {
            "abi": compiled.abi,
            "bytes": len(compiled.weights),
            "sha256": hashlib.sha256(compiled.weights).hexdigest(),
            "exceptions": list(compiled.exceptions),
        }
    }


def _profile(compiled: Compiled, steps: Sequence[int]) -> list[Json] | None:
    """Tell what each operator takes; None where nobody counted."""
    if len(steps) != len(compiled.operators):
        return None
    return [
        {
            "name": operator.name,
            "kind": operator.kind,
            "macs": operator.macs,
            "instructions": count,
            "instructions_per_mac": round(count / operator.macs, 3) if operator.macs else None,
        }
        for operator, count in zip(compiled.operators, steps, strict=True)
    ]


def to_json(report: Json) -> str:
    """Print a report; equal reports give equal text."""
    return json.dumps(report, indent=2, sort_keys=True) + "\n"
