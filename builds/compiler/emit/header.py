"""`model.h`: the four functions, and what a caller must know about the tensors."""

import re
from string import Template

from builds.compiler.emit.embedding.declarations import declared_words
from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.identity import DIGEST
from builds.compiler.graph import Graph, Tensor

_FUNCTIONS = """\
/* A function's symbol ends in a digest of the code, so that a caller is linked with the code that
   this header describes, and two models of one name in one program are an error. The names without
   it are there too, for loaders. */
#if defined(__ELF__) || defined(__wasm__)
#define EF_SYMBOL(name) __asm__(#name "_$digest")
#else
#define EF_SYMBOL(name)
#endif

#define EF_NOT_READY 16 /* ef_invoke before ef_init, or after one that failed */
#define EF_BUSY 17      /* ef_invoke while another run goes on */
$codes
#ifdef __cplusplus
extern "C" {
#endif

$type$init
${init_more}int32_t ef_init($init_parameters) EF_SYMBOL(ef_init);

$kept
void *ef_input(${constant}uint32_t index) EF_SYMBOL(ef_input);

/* The buffer of an output, valid until the next ef_invoke or until an input is filled.
   NULL for a wrong index. */
const void *ef_output(${constant}uint32_t index) EF_SYMBOL(ef_output);

/* Run the model once; 0 when it is done. */
int32_t ef_invoke($only) EF_SYMBOL(ef_invoke);
$hook$more
#ifdef __cplusplus
}
#endif
#undef EF_SYMBOL
"""


_OVERWRITTEN = """\
/* The buffer of an input, to fill before each ef_invoke, which may overwrite it.
   NULL for a wrong index. */"""
_UNPROVED = (
    "/* NOT PROVED: nobody has compared this library with the model in TensorFlow Lite Micro;\n"
    "   the compiler does so with --verify. */"
)
_LEFT = "/* Left to the caller, in float32: {} */"
_UNCOMPARED = (
    "/* NOT PROVED against TensorFlow Lite Micro, which did not run this model: machine code of\n"
    "   the target and of another machine agree, and no more. */"
)
_INIT = "/* Prepare the model; 0 when it is ready. */"
_INIT_APART = """\
/* Check the weights and prepare the model; 0 when it is ready. */
#define EF_WEIGHTS_ABSENT 1         /* there are no weights at the address of ef_weights */
#define EF_WEIGHTS_OF_ANOTHER_ABI 2 /* they were made for other code */
#define EF_WEIGHTS_DAMAGED 3        /* their length or their checksum is wrong */"""
_QUANTIZATION = """
/* How the weights in place want inputs and outputs quantized: real = scale * (q - zero point).
   Another training has other numbers. 0 for a wrong index or a tensor that is not quantized. */
float ef_input_scale(uint32_t index) EF_SYMBOL(ef_input_scale);
int32_t ef_input_zero_point(uint32_t index) EF_SYMBOL(ef_input_zero_point);
float ef_output_scale(uint32_t index) EF_SYMBOL(ef_output_scale);
int32_t ef_output_zero_point(uint32_t index) EF_SYMBOL(ef_output_zero_point);
"""


def header(
    graph: Graph, style: Style, *, arena_bytes: int, steps: int = 0, apart: bool = False
) -> str:
    """Print the header; with weights apart, scales are functions and not constants."""
    words = declared_words(style, steps)
    lines = [
        "/* Made by the EdgeFleet compiler from a TensorFlow Lite model. */",
        f"#ifndef EDGEFLEET_MODEL_{DIGEST}",
        f"#define EDGEFLEET_MODEL_{DIGEST}",
        "#ifdef EDGEFLEET_MODEL_H",
        '#error "A model of this name is included already; give one of them another (--name)."',
        "#endif",
        "#define EDGEFLEET_MODEL_H",
        "",
        "#include <stdint.h>",
        "",
        f"#define EF_INPUTS {len(graph.inputs)}",
        f"#define EF_OUTPUTS {len(graph.outputs)}",
        f"#define EF_ARENA_BYTES {arena_bytes}",
        f"#define EF_STATE_BYTES {style.state_bytes}{words.pop('steps')}",
    ]
    for side, tensors in (("INPUT", graph.inputs), ("OUTPUT", graph.outputs)):
        for number, tensor in enumerate(tensors):
            left = graph.tails.get(number, "") if side == "OUTPUT" else ""
            lines += ["", *_tensor(f"EF_{side}_{number}", tensor, left, shows_scales=not apart)]
    functions = Template(_FUNCTIONS).substitute(
        words | {"kept": words["kept"] or _OVERWRITTEN},
        init=_INIT_APART if apart else _INIT,
        more=_QUANTIZATION if apart else "",
        digest=DIGEST,
    )
    return "\n".join([*lines, "", functions, "#endif"]) + "\n"


def _tensor(prefix: str, tensor: Tensor, left: str, *, shows_scales: bool) -> list[str]:
    lines = [
        f"/* {comment(tensor.name)}: {tensor.dtype} {list(tensor.shape)} */",
        *([_LEFT.format(left)] if left else []),
        f"#define {prefix}_BYTES {tensor.size_bytes}",
        f"#define {prefix}_ELEMENTS {tensor.elements}",
    ]
    if shows_scales and tensor.quantization and len(tensor.quantization.scales) == 1:
        lines += [
            f"#define {prefix}_SCALE {_decimal(tensor.scale)}",
            f"#define {prefix}_ZERO_POINT ({tensor.zero_point})",
        ]
    return lines


def _decimal(value: float) -> str:
    text = f"{value:.9g}"
    return f"{text}f" if re.search(r"[.e]", text) else f"{text}.0f"


def unproved(text: str) -> str:
    """Give a header that says aloud that nothing was compared."""
    return _told(text, _UNPROVED)


def uncompared(text: str) -> str:
    """Give a header that says aloud that TFLM was not among what was compared."""
    return _told(text, _UNCOMPARED)


def _told(text: str, note: str) -> str:
    first, rest = text.split("\n", maxsplit=1)
    return f"{first}\n{note}\n{rest}"


def comment(text: str) -> str:
    """Make text from a model safe inside a C comment."""
    return re.sub(r"[^A-Za-z0-9_ .,;:()\[\]=+\-]", "_", text)[:96]
