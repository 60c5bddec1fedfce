"""The native hook that counts instructions: five lines of C, compiled once into the tool cache."""

import hashlib
import os
from pathlib import Path

from builds.toolchain.cache import tool_cache
from builds.toolchain.clang import zig

SOURCE = """\
#include <stdint.h>
void ef_count(void *cpu, uint64_t address, uint32_t size, void *total) {
  (void)cpu; (void)address; (void)size;
  ++*(uint64_t *)total;
}
"""
FLAGS = ("-O2", "-shared", "-fPIC", "-fno-sanitize=all", "-nostdlib")
COMPILE_SECONDS = 120.0


def counter_library() -> bytes:
    """The bytes of the shared object for this machine."""
    name = hashlib.sha256(f"{SOURCE}{FLAGS}".encode()).hexdigest()[:16]
    kept = tool_cache() / f"counter-{name}.so"
    if not kept.exists():
        _compile(kept)
    return kept.read_bytes()


def _compile(kept: Path) -> None:
    source = kept.with_name(f"{kept.stem}-{os.getpid()}.c")
    made = source.with_suffix(".so")
    source.write_text(SOURCE)
    command = ["cc", *FLAGS, source, "-o", made]
    zig(command, what="the instruction counter", cwd=kept.parent, seconds=COMPILE_SECONDS)
    made.replace(kept)  # two builds may race here; both make the same bytes
    source.unlink()
