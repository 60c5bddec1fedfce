"""Tiny stand-ins for what the compiler emits: the four entry points around a body."""

FRAME = """
#include <stdint.h>
namespace {{
alignas(16) int8_t arena[{inputs} + {outputs}] __attribute__((section(".bss.ef_arena")));
__attribute__((section(".rodata.ef_weights"), unused)) const volatile int8_t weights[16] = {{
    1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, -16}};
}}
extern "C" {{
int32_t ef_init(void) {{ return {init}; }}
void *ef_input(uint32_t index) {{ return index == 0 ? arena : nullptr; }}
const void *ef_output(uint32_t index) {{ return index == 0 ? arena + {inputs} : nullptr; }}
int32_t ef_invoke(void) {{
  {body}
  return 0;
}}
}}
"""

MULTIPLY = """
  for (int i = 0; i < 16; ++i) {
    const int64_t wide = int64_t{arena[i]} * weights[i] * 1234567;
    arena[16 + i] = static_cast<int8_t>(wide >> 20);
  }
"""
CLAMP = """
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 16; ++i) {
      int32_t value = arena[i] * 3 + round;
      if (value > 100) value -= 50;
      if (value < -128) value = -128;
      if (value > 127) value = 127;
      arena[16 + i] = static_cast<int8_t>(value);
    }
  }
"""


def model(body: str = MULTIPLY, *, inputs: int = 16, outputs: int = 16, init: str = "0") -> str:
    return FRAME.format(body=body, inputs=inputs, outputs=outputs, init=init)


def multiply(values: bytes) -> bytes:
    """What MULTIPLY computes, in Python."""
    weights = [(i + 1) * (-1) ** i for i in range(16)]
    signed = [value - 256 if value > 127 else value for value in values]
    return bytes(((x * w * 1_234_567) >> 20) & 0xFF for x, w in zip(signed, weights, strict=True))
