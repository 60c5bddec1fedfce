"""Golden vectors as a C header that checks itself, and as the plain file that devices read.

Guarantees: the header compiles as C99 and as C++11 and needs `model.h` only; `golden.bin` holds
every vector, the header as many as fit into `HEADER_BYTES`, and at least one.
"""

from collections.abc import Iterable, Sequence
from string import Template

from builds.export.errors import ExportError
from builds.verify import Interface

HEADER_BYTES = 64 * 1024  # of vectors in the header; hexadecimal text takes five times as much
PER_LINE = 16
Vector = tuple[bytes, bytes]

# A check of a model whose memory is its caller's has an instance of its own.
_INSTANCE = """\
static ef_model_t ef_golden_model;
static uint8_t ef_golden_arena[EF_ARENA_BYTES + EF_ARENA_ALIGNMENT]
    __attribute__((aligned(EF_ARENA_ALIGNMENT)));

"""
_STATIC_CALLS = {"init": "", "model": "", "first": ""}
_INSTANCE_CALLS = {
    "init": "&ef_golden_model, ef_golden_arena, sizeof(ef_golden_arena)",
    "model": "&ef_golden_model",
    "first": "&ef_golden_model, ",
}
_RUN = """\
/* Run one vector, in order from 0 after ef_init: 1 when every output byte is the expected one. */
static inline int ef_golden_run(uint32_t vector) {
  const uint8_t *in = ef_golden_inputs + vector * EF_GOLDEN_INPUT_BYTES;
  const uint8_t *out = ef_golden_outputs + vector * EF_GOLDEN_OUTPUT_BYTES;
  uint32_t index, i;
  int equal = 1;
  for (index = 0; index < EF_INPUTS; ++index) {
    uint8_t *to = (uint8_t *)ef_input(${first}index);
    for (i = 0; i < ef_golden_input_bytes[index]; ++i) to[i] = *in++;
  }
  if (ef_invoke($model) != 0) return 0;
  for (index = 0; index < EF_OUTPUTS; ++index) {
    const uint8_t *from = (const uint8_t *)ef_output(${first}index);
    for (i = 0; i < ef_golden_output_bytes[index]; ++i) equal &= from[i] == *out++;
  }
  return equal;
}

/* Run all vectors: how many do not come out as expected, -1 when the model cannot be prepared. */
static inline int ef_golden_check(void) {
  uint32_t vector;
  int wrong = 0;
  if (ef_init($init) != 0) return -1;
  for (vector = 0; vector < EF_GOLDEN_VECTORS; ++vector) wrong += !ef_golden_run(vector);
  return wrong;
}
"""


def golden_header(interface: Interface, golden: Sequence[Vector], *, instance: bool = False) -> str:
    """Print the header; of a model with instances, it has one for itself."""
    calls = _INSTANCE_CALLS if instance else _STATIC_CALLS
    shown = golden[: vectors_shown(golden)]
    lines = [
        "/* Golden vectors: inputs, and the outputs that TensorFlow Lite Micro gives for them. */",
        "#ifndef EDGEFLEET_GOLDEN_H",
        "#define EDGEFLEET_GOLDEN_H",
        "",
        '#include "model.h"',
        "",
        f"#define EF_GOLDEN_VECTORS {len(shown)}u",
        f"#define EF_GOLDEN_INPUT_BYTES {sum(interface.input_bytes)}u",
        f"#define EF_GOLDEN_OUTPUT_BYTES {sum(interface.output_bytes)}u",
        "",
        _sizes("ef_golden_input_bytes", "EF_INPUTS", interface.input_bytes),
        _sizes("ef_golden_output_bytes", "EF_OUTPUTS", interface.output_bytes),
        "",
        *_bytes("ef_golden_inputs", "EF_GOLDEN_INPUT_BYTES", (one for one, _ in shown)),
        *_bytes("ef_golden_outputs", "EF_GOLDEN_OUTPUT_BYTES", (two for _, two in shown)),
        (_INSTANCE if instance else "") + Template(_RUN).substitute(calls),
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def golden_binary(golden: Sequence[Vector]) -> bytes:
    """For each vector all input bytes, then all output bytes."""
    return b"".join(one + two for one, two in golden)


def vectors_shown(golden: Sequence[Vector]) -> int:
    """How many vectors the header holds."""
    if not golden:
        raise ExportError("There are no golden vectors, so nobody could check the export.")
    each = len(golden[0][0]) + len(golden[0][1])
    return min(len(golden), max(1, HEADER_BYTES // max(1, each)))


def hex_rows(data: bytes) -> list[str]:
    """C initialisers, sixteen bytes a line."""
    rows = (data[at : at + PER_LINE] for at in range(0, len(data), PER_LINE))
    return ["  " + " ".join(f"0x{byte:02x}," for byte in row) for row in rows]


def _sizes(name: str, count: str, sizes: Sequence[int]) -> str:
    return f"static const uint32_t {name}[{count}] = {{{', '.join(f'{s}u' for s in sizes)}}};"


def _bytes(name: str, stride: str, parts: Iterable[bytes]) -> list[str]:
    head = f"static const uint8_t {name}[EF_GOLDEN_VECTORS * {stride}] = {{"
    return [head, *hex_rows(b"".join(parts)), "};", ""]
