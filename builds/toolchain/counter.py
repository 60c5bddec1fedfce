"""The native hooks that count instructions and check addresses.

A few lines of C, compiled once into the tool cache.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from builds.toolchain.cache import tool_cache
from builds.toolchain.clang import zig
from builds.toolchain.run import made

SOURCE = """\
#include <stdint.h>

struct count {
  uint64_t total;
  uint64_t base, bytes; /* where the code is */
  const uint8_t *code;
  uint64_t misaligned; /* the first address that a strict core would refuse, or 0 */
  uint64_t steps, reached; /* how many steps there are, and how many have begun */
  const uint64_t *starts; /* addresses of the steps, in the order in which they run */
  uint64_t *before; /* instructions that were counted when each began */
};

static void begin_step(struct count *count, uint64_t address) {
  if (count->reached == count->steps || address != count->starts[count->reached]) return;
  count->before[count->reached++] = count->total;
}

void ef_count_instruction(void *cpu, uint64_t address, uint32_t size, struct count *count) {
  (void)cpu; (void)size;
  begin_step(count, address);
  ++count->total;
}

/* A thumb instruction that its IT block skips is fetched all the same, but has no hook. */
void ef_count_thumb_block(void *cpu, uint64_t address, uint32_t size, struct count *count) {
  (void)cpu;
  if (address < count->base || address - count->base + size > count->bytes) return;
  begin_step(count, address);
  const uint8_t *at = count->code + (address - count->base), *end = at + size;
  while (at < end) {
    at += at[1] >= 0xE8 ? 4 : 2;
    ++count->total;
  }
}

/* Cores without unaligned access trap here; the emulator would let it pass. */
void ef_check_aligned(void *cpu, int type, uint64_t address, int size, int64_t value,
                      struct count *count) {
  (void)cpu; (void)type; (void)value;
  if ((address & (uint64_t)(size - 1)) && !count->misaligned) count->misaligned = address;
}
"""
FLAGS = ("-O2", "-shared", "-fPIC", "-fno-sanitize=all", "-nostdlib")
COMPILE_SECONDS = 120.0


def counter_name() -> str:
    """The name of its file in the tool cache."""
    return f"counter-{hashlib.sha256(f'{SOURCE}{FLAGS}'.encode()).hexdigest()[:16]}.so"


def counter_library() -> bytes:
    """The bytes of the shared object for this machine."""
    kept = tool_cache() / counter_name()
    if not kept.exists():
        _compile(kept)
    return kept.read_bytes()


def _compile(kept: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="edgefleet-counter-") as name:
        (Path(name) / "counter.c").write_text(SOURCE)
        command = ["cc", *FLAGS, "counter.c", "-o", "counter.so"]
        zig(command, what="the instruction counter", cwd=Path(name), seconds=COMPILE_SECONDS)
        whole = kept.with_name(f"{kept.stem}-{os.getpid()}.so")
        whole.write_bytes(made(Path(name) / "counter.so"))
    whole.replace(kept)  # two builds may race here; both make the same bytes
