"""A library with a build's own functions under the names that a C library has, for TFLM.

TFLM is linked with whatever C library a firmware has, and these differ in their last bits. Linked
with the functions of the build it has to give the build's bytes.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from builds.compiler.emit.text import runtime_text
from builds.compiler.operators.common.real.c_functions import C_FUNCTIONS, c_functions_in
from builds.targets import Target
from builds.toolchain import build_shared

LIBRARY = "functions.so"


def own_functions(files: Mapping[str, str]) -> tuple[str, ...]:
    """Name the functions of a C library that these sources have of their own."""
    return tuple(dict.fromkeys(n for text in files.values() for n in c_functions_in(text)))


@cache
def function_library(host: Target) -> bytes:
    """Make a shared object with all of them; it needs no other."""
    with TemporaryDirectory(prefix="edgefleet-functions-") as folder:
        sources = {"functions.cc": library_source(tuple(C_FUNCTIONS))}
        return build_shared(sources, host, Path(folder)).read_bytes()


def library_source(names: Sequence[str]) -> str:
    """Print the functions, each under its C name."""
    headers = dict.fromkeys(h for name in names for h in C_FUNCTIONS[name].headers)
    texts = [runtime_text(header) for header in ("real", *headers)]
    points = [
        f'extern "C" float {name}(float x) {{ return {C_FUNCTIONS[name].kernel}(x); }}\n'
        for name in names
    ]
    head = "#include <stdint.h>\n#define EF_KERNEL inline\nnamespace {\n"
    return "\n".join([head, *texts, "}  // namespace", *points])
