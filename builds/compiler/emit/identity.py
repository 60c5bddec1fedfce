"""Which model a function belongs to: what keeps two models in one program from answering for each
other.

Guarantees:
* a caller that was compiled with one model's header links with that model's code or not at all:
  the header gives each function a symbol that ends in a digest of the code;
* two models of one name in one program are an error when they are linked, static libraries too:
  both archives are asked for their own symbols, and both define the plain ones;
* a named model has its name in every symbol, macro, guard, section and file.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from builds.compiler.errors import Unsupported

DIGEST: Final = "@digest@"
DIGEST_DIGITS: Final = 16
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}", re.ASCII)
FUNCTIONS: Final = ("init", "input", "output", "invoke")
APART_FUNCTIONS: Final = (
    "input_scale",
    "input_zero_point",
    "output_scale",
    "output_zero_point",
)
_FUNCTION: Final = (
    "init|invoke|input|output|input_scale|input_zero_point|output_scale|output_zero_point"
)
_FILE = re.compile(
    r"\b(?:model(?=[_.])|(?=golden\.h))(_weights|_data|_info|golden)?\.(h|cc|cpp|o)\b"
)
_SYMBOL = re.compile(
    rf"(?<![.\w])ef_({_FUNCTION}|weights|model_data|model_data_bytes|golden_\w+"
    r"|model_t|hook|place_weights|info|facts)\b"
)
_MACRO = re.compile(
    r"\bEF_(?=(?:IN|OUT)PUTS\b|(?:IN|OUT)PUT_\d|ARENA_BYTES\b|STATE_BYTES\b|NOT_READY\b|BUSY\b"
    r"|ARENA_ALIGNMENT\b|BAD_ARENA\b|CANCELLED\b|STEPS\b|INFO_\w|WEIGHTS_(?:ABSENT|OF_ANOTHER_ABI|DAMAGED)\b|GOLDEN_\w|TFLM_ARENA_BYTES\b)"
)
_GUARD = re.compile(r"\bEDGEFLEET_(?=MODEL(?:_|\b)|GOLDEN_H\b)")
_SECTION = re.compile(r"\.(bss\.ef_arena|rodata\.ef_weights)(?=[\"*)`])")
_SHORT = re.compile(rf"^#define (EF_[A-Z]\w*) |\b(ef_(?:{_FUNCTION}))\(", re.MULTILINE)


def sealed(files: Mapping[str, str]) -> dict[str, str]:
    """Put the digest of all sources in the place that was left for it."""
    whole = hashlib.sha256()
    for name in sorted(files):
        if "_weights" not in name:  # one code takes any training
            whole.update(f"{name}\0{files[name]}\0".encode())
    digest = whole.hexdigest()[:DIGEST_DIGITS]
    return {name: text.replace(DIGEST, digest) for name, text in files.items()}


def checked_name(name: str) -> str:
    """The name of a model as it stands in C. Raises Unsupported."""
    if not NAME.fullmatch(name):
        raise Unsupported(
            f"A model's name in code has small letters, digits and _, begins with a letter and has "
            f"at most 48 characters; {name[:64]!r} is none."
        )
    return name


def prefix_of(name: str | None) -> str:
    """What the symbols of a model begin with."""
    return f"ef_{name}" if name else "ef"


def named_text(text: str, name: str) -> str:
    """The text with the model's name in symbols, macros, guards, sections and files."""
    text = _FILE.sub(_own_file(name), text)
    text = _SYMBOL.sub(rf"ef_{name}_\1", text)
    text = _MACRO.sub(f"EF_{name.upper()}_", text)
    text = _GUARD.sub(f"EDGEFLEET_{name.upper()}_", text)
    text = _SECTION.sub(rf".\1.{name}", text)
    return re.sub(r"\bEfWeights\b", f"EfWeights_{name}", text)


def _code_of(files: Mapping[str, str]) -> str:
    """The file that defines the four functions."""
    marks = (_END, PROOF_CALLS)
    return next(file for file, text in files.items() if any(mark in text for mark in marks))


def _own_file(name: str) -> Callable[[re.Match[str]], str]:
    def own(found: re.Match[str]) -> str:
        kind = found[1] or ""
        return f"{name}{'_' if kind == 'golden' else ''}{kind}.{found[2]}"

    return own


def named(files: Mapping[str, str], name: str) -> dict[str, str]:
    """The files of a named model; its header has the short names too, while it is the only one."""
    made = {named_text(file, name): named_text(text, name) for file, text in files.items()}
    header, code = f"{name}.h", named_text(_code_of(files), name)
    short = [found for pair in _SHORT.findall(files["model.h"]) for found in pair if found]
    made[header] += _short_names(list(dict.fromkeys(short)), name)
    digest = re.findall(r"EDGEFLEET_MODEL_([0-9a-f]+)", files["model.h"])[0]
    proof = _proof_names(name, digest, apart="model_weights.h" in files)
    made[code] = made[code].replace(_END, proof)
    return made


def _short_names(names: list[str], name: str) -> str:
    alone = [f"#define {short} {named_text(short, name)}" for short in names]
    several = [f"#undef {short}" for short in names]
    return "\n".join(
        [
            "",
            "/* The short names, while a file includes no other model. */",
            f"#ifndef EF_SHORT_NAMES_OF_{name}",
            f"#define EF_SHORT_NAMES_OF_{name}",
            "#ifndef EF_SHORT_NAMES",
            "#define EF_SHORT_NAMES",
            *alone,
            "#else",
            *several,
            "#endif",
            "#endif",
            "",
        ]
    )


_END: Final = "/* EF_PROOF_NAMES */"
PROOF_CALLS: Final = "/* EF_PROOF_CALLS */"  # in place of _END, where the text has its own
Signatures = Mapping[str, str]  # arguments in brackets, by function
PROOF_FLAG: Final = "-DEF_PROOF_NAMES"


def plain_names(*, apart: bool, signatures: Signatures | None = None, mark: str = _END) -> str:
    """The symbols without a digest, for callers that have no header: loaders and tables."""
    arguments = {**_ARGUMENTS, **(signatures or {})}
    lines = [f"EF_PLAIN({_TYPES[f]}, ef_{f}, {arguments[f]})" for f in _functions(apart=apart)]
    return "\n".join(
        [
            "#if defined(__ELF__) || defined(__wasm__)",
            "#if defined(__GNUC__) && !defined(__clang__)",
            '#pragma GCC diagnostic ignored "-Wattributes"',
            '#pragma GCC diagnostic ignored "-Wmissing-attributes"',
            "#endif",
            "#define EF_PLAIN(type, name, arguments) \\",
            "  type name##_plain arguments __asm__(#name) \\",
            f'      __attribute__((alias(#name "_{DIGEST}")));',
            *lines,
            *([mark] if mark else []),
            "#endif",
        ]
    )


def _proof_names(name: str, digest: str, *, apart: bool) -> str:
    """More aliases, of a proof's build alone: its engines call every model by the plain names."""
    lines = [
        f'{_TYPES[f]} ef_proof_{f}{_ARGUMENTS[f]} __asm__("ef" "_{f}") '
        f'__attribute__((alias("ef_{name}_{f}_{digest}")));'
        for f in _functions(apart=apart)
    ]
    return "\n".join(["#if defined(EF_PROOF_NAMES)", *lines, "#endif"])


def _functions(*, apart: bool) -> tuple[str, ...]:
    return (*FUNCTIONS, *(APART_FUNCTIONS if apart else ()))


_ARGUMENTS: Final = {"init": "(void)", "invoke": "(void)"} | dict.fromkeys(
    ("input", "output", *APART_FUNCTIONS), "(uint32_t index)"
)
_TYPES: Final = {
    "init": "int32_t",
    "invoke": "int32_t",
    "input": "void *",
    "output": "const void *",
    "input_scale": "float",
    "input_zero_point": "int32_t",
    "output_scale": "float",
    "output_zero_point": "int32_t",
}
