"""A compiler, toolchain and proof that answer at once, and fail where a test says so.

Its files depend on the order alone, as those of the real tools do.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

from builds.choices import ArtifactKind, Stage
from builds.compiler import MemoryPlan, PlacedTensor
from builds.pipeline.stages.made import Made, Maker, Told
from builds.pipeline.stages.make import make
from builds.pipeline.stages.tools import REFUSALS
from builds.pipeline.stages.work import Impossible, Order, Output, Tools, Unsigned, Work
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
            graph=SimpleNamespace(tails={}),
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
            instructions=1234,
            stack_bytes=self.stack_bytes,
            steps=(),
            values=None,
            golden=[(b"in", b"out")] * work.order.vectors,
            seen=self.seen,
        )

    def objection(self, work: Work) -> str | None:
        """What it was told to say."""
        self._called("objection", work)
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

    def package(self, work: Work) -> tuple[Output, ...]:
        """A library and something to install."""
        self._called("package", work)
        installed = {"mcu": ArtifactKind.IMAGE, "linux": ArtifactKind.BUNDLE}
        kind = installed.get(work.order.target.kind.value, ArtifactKind.LIBRARY)
        source = work.compiled.files["model.cc"].encode()
        return (
            Output(ArtifactKind.SOURCES, "model.cc", source),
            Output(kind, "installed.bin", b"installed " + source),
        )

    def unsigned(self, work: Work) -> tuple[Unsigned, ...]:
        """None: what it installs needs no signature within."""
        del work
        return ()

    def _called(self, name: str, work: Work) -> None:
        self.calls.append(name)
        self.before.get(name, nothing)(work)


def made_here(tools: Tools) -> Maker:
    """A maker that runs the stages in this process, with these tools."""

    def maker(order: Order, folder: Path, told: Told) -> Made:
        def follow(stage: Stage, run: Callable[[], Work], text: Callable[[Work], str]) -> Work:
            told.enter(stage)
            started = monotonic()
            work = run()
            told.note(stage, monotonic() - started, text(work))
            return work

        try:
            return make(Work(order, folder, tools), follow)
        except REFUSALS as error:
            raise Impossible(str(error)) from error

    return maker
