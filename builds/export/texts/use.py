"""The lines with which a firmware uses a model, as its embedding wants them."""

from collections.abc import Sequence
from typing import Final

from builds.compiler import Embedding
from builds.verify import Interface, TensorSlot

_STATIC: Final = """\
int classify(const {given} *values) {{  /* EF_INPUT_0_ELEMENTS of them */
  if (ef_init() != 0) return -1;            /* once, before the first run */
  {given} *input = ef_input(0);
  for (int i = 0; i < EF_INPUT_0_ELEMENTS; ++i) input[i] = values[i];
  if (ef_invoke() != 0) return -1;          /* {overwrites} */
  const {made} *output = ef_output(0);      /* valid until the next run */
  return output[0];
}}"""
_INSTANCE: Final = """\
static ef_model_t model;
static uint8_t arena[EF_ARENA_BYTES] __attribute__((aligned(EF_ARENA_ALIGNMENT)));

int classify(const {given} *values) {{  /* EF_INPUT_0_ELEMENTS of them */
  if (ef_init(&model, arena, sizeof(arena)) != 0) return -1;  /* once, before the first run */
  {given} *input = ef_input(&model, 0);
  for (int i = 0; i < EF_INPUT_0_ELEMENTS; ++i) input[i] = values[i];
  if (ef_invoke(&model) != 0) return -1;    /* {overwrites} */
  const {made} *output = ef_output(&model, 0);  /* valid until the next run */
  return output[0];
}}"""
_MEMORY: Final = "The arena is one static buffer in `.bss.ef_arena`, the weights lie"
_OWN_MEMORY: Final = "Instance and arena are yours, wherever you place them; the weights lie"


def use_words(embedding: Embedding, interface: Interface) -> dict[str, str]:
    """What layouts may name: an example, where memory lies, and what a check does first."""
    given, made = c_type(interface.inputs), c_type(interface.outputs)
    kept = "leaves the input as it was" if embedding.kept_inputs else "may overwrite the input"
    example = _INSTANCE if embedding.instance else _STATIC
    placed = embedding.placed_weights
    return {
        "example": example.format(given=given, made=made, overwrites=kept),
        "memory": _OWN_MEMORY if embedding.instance else _MEMORY,
        "weights_of_check": "extern const unsigned char ef_weights[];\n\n" if placed else "",
        "place_of_check": "\n  ef_place_weights(ef_weights);\n " if placed else "",
    }


def c_type(slots: Sequence[TensorSlot]) -> str:
    """The type of the first of these tensors in C."""
    dtype = slots[0].dtype if slots else "int8"
    return {"float32": "float", "bool": "uint8_t"}.get(dtype, f"{dtype}_t")
