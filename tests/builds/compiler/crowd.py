"""Many generated models in one program: each runs in a child of its own under the sanitizers.

Models that were printed with the same kernels share one copy of them, so that a hundred models cost
little more to build than one; a model whose text was seen before is not run again.
"""

import hashlib
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from builds.compiler import Compiled
from tests.builds.compiler.sanitizers import COMPILER, SANITIZE, SECONDS

CORES = 2
MEMBERS = 60  # models of one program
TEXT = 1 << 20  # characters of one program's models
FLAGS = ["-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", *SANITIZE]
_SYMBOLS = re.compile(r"#if defined\(__ELF__\).*?/\* EF_PROOF_NAMES \*/\n#endif\n", re.DOTALL)
_HEADER = "#include <stdint.h>\n#define EF_NOT_READY 16\n#define EF_BUSY 17"
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_ARENA = re.compile(r"^alignas\(16\).*? ef_arena\[", re.MULTILINE)
_KERNELS = "// Integer arithmetic that every kernel shares."
_MODEL = re.compile(r"^(EF_WEIGHTS const |// [A-Z0-9_]+ .*\n//   from )", re.MULTILINE)
_MAIN = Path(__file__).with_name("crowd_main.h")


@dataclass(frozen=True)
class Member:
    """One model of a program, and what to call it when it fails."""

    name: str
    text: str
    input_bytes: tuple[int, ...]
    outputs: int


@dataclass
class Crowd:
    """Collects models, and runs them as soon as a program is full."""

    faults: list[str] = field(default_factory=list)
    built: int = 0
    waiting: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))
    seen: set[bytes] = field(default_factory=set)
    running: list[Future[list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the workers; they wait for compilers and programs, not for Python."""
        self.workers = ThreadPoolExecutor(CORES)

    def add(self, name: str, compiled: Compiled) -> None:
        """Take a model, unless one with the same text was taken before."""
        text = _SYMBOLS.sub("", compiled.files["model.cc"])
        digest = hashlib.sha256(_COMMENT.sub("", text).encode()).digest()
        if digest in self.seen:
            return
        self.seen.add(digest)
        kernels, own = parted(text)
        sizes = tuple(t.size_bytes for t in compiled.graph.inputs)
        group = self.waiting[kernels]
        group.append(Member(name, own, sizes, len(compiled.graph.outputs)))
        if len(group) >= MEMBERS or sum(len(m.text) for m in group) >= TEXT:
            self._start(kernels)

    def finish(self) -> list[str]:
        """Run what is left, and give the faults of all."""
        for kernels in list(self.waiting):
            self._start(kernels)
        for done in self.running:
            self.faults += done.result()
        self.workers.shutdown()
        return self.faults

    def _start(self, kernels: str) -> None:
        members = self.waiting.pop(kernels)
        self.built += len(members)
        self.running.append(self.workers.submit(run, kernels, members))


def parted(text: str) -> tuple[str, str]:
    """Part a source into what models can share and what is a model's own."""
    arena, kernels, model = (
        at.start() if at else -1
        for at in (_ARENA.search(text), re.search(_KERNELS, text), _MODEL.search(text))
    )
    if not 0 < arena < kernels < model:
        raise ValueError("the generated source has not the parts that a crowd needs")
    return text[:arena] + text[kernels:model], text[arena:kernels] + text[model:]


def program(kernels: str, members: Sequence[Member]) -> str:
    """Print one program; the kernels end inside an unnamed namespace, the members close it."""
    parts = [kernels.replace('#include "model.h"', _HEADER), "}  // namespace\n"]
    for number, member in enumerate(members):
        sizes = ", ".join(map(str, member.input_bytes))
        own = member.text.replace('extern "C" {', "").replace('}  // extern "C"', "")
        parts.append(f"namespace m{number} {{\nnamespace {{\n{own}")
        parts.append(f"const uint32_t kBytes[] = {{{sizes}}};\n}}  // namespace m{number}\n")
    rows = [
        f"    {{m{n}::ef_init, m{n}::ef_input, m{n}::ef_output, m{n}::ef_invoke, "
        f"m{n}::kBytes, {len(m.input_bytes)}, {m.outputs}}},"
        for n, m in enumerate(members)
    ]
    return "\n".join([*parts, _MAIN.read_text("utf-8").replace("// ROWS", "\n".join(rows))])


def run(kernels: str, members: Sequence[Member]) -> list[str]:
    """Build and run a program; one sentence for each model that failed, none when all are well."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-crowd-") as folder:
        source = Path(folder) / "crowd.cc"
        source.write_text(program(kernels, members))
        command = [COMPILER, *FLAGS, source.name, "-o", "crowd"]
        built = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=10 * SECONDS
        )
        if built.returncode != 0:
            return _halves(kernels, members, built.stderr.decode())
        ran = subprocess.run(
            [Path(folder) / "crowd"], capture_output=True, check=False, timeout=100 * SECONDS
        )
    failed = [int(line) for line in ran.stdout.decode().split()]
    if ran.returncode != 0 or failed:
        said = ran.stderr.decode()[-1500:]
        return [f"{members[n].name}: sanitizer: {said}" for n in failed] or [f"crowd: {said}"]
    return []


def _halves(kernels: str, members: Sequence[Member], said: str) -> list[str]:
    """Find out which models the compiler does not take."""
    if len(members) == 1:
        return [f"{members[0].name}: does not compile: {said[:1500]}"]
    middle = len(members) // 2
    return [*run(kernels, members[:middle]), *run(kernels, members[middle:])]
