"""A compiler, toolchain and proof that answer at once, and fail where a test says so.

Its files depend on the order alone, as those of the real tools do.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from builds.choices import ArtifactKind
from builds.compiler import MemoryPlan, PlacedTensor
from builds.pipeline.stages import found, make
from builds.pipeline.stages.child import run_stages
from builds.pipeline.stages.make import REFUSALS
from builds.pipeline.stages.order import (
    BuildFile,
    BuildOrder,
    Impossible,
    Maker,
    StageLog,
    StageResults,
    Unsigned,
)
from builds.pipeline.stages.work import Work
from builds.verify import Seen

Hook = Callable[[Work], None]


def nothing(work: Work) -> None:
    """Let the stage pass."""


@dataclass
class SimulatedTools:
    """What each tool says; `before` runs at the start of a named tool."""

    code_bytes: int = 2_000
    weights_bytes: int = 1_000
    arena_bytes: int = 512
    stack_bytes: int = 100
    equal: bool = True
    salt: str = ""
    seen: Seen | None = None
    objects: str | None = None
    before: dict[str, Hook] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def compile(self, work: Work) -> Any:
        """One source file that names its order."""
        self._called("compile", work)
        text = f"// {work.order.target.name} {work.order.optimise} {self.salt}\n"
        return SimpleNamespace(
            files={"model.h": "#pragma once\n", "model.cc": text},
            ops={"FULLY_CONNECTED": 3},
            macs=321,
            arena_bytes=self.arena_bytes,
            state_bytes=0,
            plan=MemoryPlan(
                512,
                500,
                1,
                "A\nA",
                (PlacedTensor("in", 0, 512, -1, 0, scratch=False),),
                {},
                frozenset(),
            ),
            cflags=("-O2",),
            operators=(),
            step_names=(),
            abi="",
            weights=b"",
            exceptions=(),
            rewritten=(),
            graph=SimpleNamespace(tails={}, ops=(), tensors=()),
        )

    def link(self, work: Work) -> Any:
        """A file that holds the source."""
        self._called("link", work)
        path = Path(work.folder) / "libmodel.a"
        path.write_text(work.compiled.files["model.cc"])
        return SimpleNamespace(
            path=path,
            code_bytes=self.code_bytes,
            weights_bytes=self.weights_bytes,
            bss_bytes=self.arena_bytes + 8,
            data_bytes=0,
            compiler_version="simulated 1",
        )

    def prove(self, work: Work) -> Any:
        """As many vectors as were asked for."""
        self._called("prove", work)
        return SimpleNamespace(
            vectors=work.order.vectors,
            engines={"tflm": "simulated", "host": "simulated", "emulator": None},
            reasons={"emulator": "there is none"},
            equal=self.equal,
            first_difference=None if self.equal else "vector 3, output 0: 1 and 2",
            reals=None,
            instructions=1234,
            stack_bytes=self.stack_bytes,
            steps=(),
            values=None,
            golden=[(b"in", b"out")] * work.order.vectors,
            seen=self.seen,
        )

    def objection(self, arithmetic: Any, seen: Seen | None) -> str | None:
        """What it was told to say."""
        del arithmetic, seen
        self.calls.append("objection")
        return self.objects

    def sections(self, work: Work) -> dict[str, str | int]:
        """Digests that change with the source."""
        text = work.compiled.files["model.cc"].encode()
        digest = hashlib.sha256(text).hexdigest()
        return {
            "abi": digest,
            "code_sha256": digest,
            "weights_sha256": digest,
            "weights_bytes": self.weights_bytes,
        }

    def package(self, work: Work) -> tuple[BuildFile, ...]:
        """A library and something to install."""
        self._called("package", work)
        installed = {"mcu": ArtifactKind.IMAGE, "linux": ArtifactKind.BUNDLE}
        kind = installed.get(work.order.target.kind.value, ArtifactKind.LIBRARY)
        source = work.compiled.files["model.cc"].encode()
        return (
            BuildFile(ArtifactKind.SOURCES, "model.cc", source),
            BuildFile(kind, "installed.bin", b"installed " + source),
        )

    def unsigned(self, work: Work) -> tuple[Unsigned, ...]:
        """None: what it installs needs no signature within."""
        del work
        return ()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stand in for compiler, toolchain, engines and packers, for as long as this is open."""
        with ExitStack() as stack:
            for module, name, stand_in in (
                (make, "compiled", self.compile),
                (make, "linked", self.link),
                (make, "proved", self.prove),
                (make, "objection", self.objection),
                (make, "packed", self.package),
                (make, "unsigned", self.unsigned),
                (found, "build_sections", self.sections),
            ):
                stack.enter_context(mock.patch.object(module, name, stand_in))
            yield

    def _called(self, name: str, work: Work) -> None:
        self.calls.append(name)
        self.before.get(name, nothing)(work)


def made_here(tools: SimulatedTools | None = None) -> Maker:
    """A maker that runs the stages in this process, with these tools in place of the real ones."""

    def maker(order: BuildOrder, folder: Path, log: StageLog) -> StageResults:
        try:
            if tools is None:
                return run_stages(order, folder, log)
            with tools.in_place():
                return run_stages(order, folder, log)
        except REFUSALS as error:
            raise Impossible(str(error)) from error

    return maker
