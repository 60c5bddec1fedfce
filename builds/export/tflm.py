"""The material of the export for those who run TensorFlow Lite Micro's interpreter.

Guarantees: the resolver holds the operators of the model and no others; the arena is what the
interpreter itself was measured to need; golden outputs are the interpreter's.
"""

from collections import Counter
from importlib.resources import files
from pathlib import Path

from builds.compiler import Embedding, Graph, Recipe, Weights, read_whole_graph
from builds.compiler.emit.embedding.style import Style
from builds.compiler.emit.header import header
from builds.compiler.emit.identity import named, plain_names, sealed
from builds.export.arena import Measured, measure_arena
from builds.export.errors import ExportError, NotMeasured
from builds.export.gather import Wish
from builds.export.golden import hex_rows
from builds.export.layout import fill
from builds.export.material import Figures, Material, checked_version, slug_of
from builds.export.resolver import add_functions
from builds.verify import VerifyError, interface_of, see
from builds.verify.engines import run_tflm
from builds.verify.subject import Subject

DATA_HEADER = """\
#ifndef EDGEFLEET_MODEL_DATA_H
#define EDGEFLEET_MODEL_DATA_H

/* The model file, aligned as the interpreter wants it. */
extern const unsigned char ef_model_data[];
extern const unsigned int ef_model_data_bytes;

#endif
"""
STYLE = Style(Recipe.BALANCED, Embedding(), state_bytes=0)  # the interpreter keeps its own state
# Variables take their places from the arena before the tensors do.
WITHOUT_VARIABLES = """\
  static MicroInterpreter interpreter(model, resolver, ef_arena, sizeof(ef_arena));"""
WITH_VARIABLES = """\
  MicroAllocator *allocator = MicroAllocator::Create(ef_arena, sizeof(ef_arena));
  if (allocator == nullptr) return kArenaTooSmall;
  MicroResourceVariables *variables =
      MicroResourceVariables::Create(allocator, @variables@);
  if (variables == nullptr) return kArenaTooSmall;
  static MicroInterpreter interpreter(model, resolver, allocator, variables);"""


def gather_tflm(wish: Wish, workdir: Path) -> Material:
    """Measure the arena and take golden outputs from the interpreter."""
    if wish.weights is Weights.APART:
        raise ExportError(
            "TensorFlow Lite Micro reads weights from the model file: it is the model_data.cpp of "
            "this library that another training replaces, so they cannot be apart."
        )
    checked_version(wish.version)
    slug = slug_of(wish.name)
    symbols = slug if wish.named else None
    graph = read_whole_graph(wish.model)
    measured = measure_arena(wish.model)
    interface = interface_of(graph)
    stateful = any(tensor.variable for tensor in graph.tensors)
    subject = Subject(wish.model, {}, (), wish.target, interface, workdir, stateful=stateful)
    inputs = see(subject, vectors=wish.vectors, seed=wish.seed).inputs
    try:
        outputs = run_tflm(subject, inputs).outputs
    except VerifyError as error:
        raise NotMeasured(f"No golden vectors: {error}.") from None
    made = sources(graph, wish.model, measured)
    return Material(
        name=wish.name,
        version=wish.version,
        target=wish.target.name,
        model=wish.model,
        files=named(made, symbols) if symbols else made,
        symbols=symbols,
        cflags=(),
        ops=Counter(op.kind for op in graph.ops),
        interface=interface,
        golden=list(zip(inputs, outputs, strict=True)),
        labels=wish.labels,
        schema=wish.schema,
        publication=wish.publication,
        figures=Figures(None, len(wish.model), measured.arena_bytes, 0),
        facts={
            "op_kinds": str(len(measured.operators)),
            "arena_bytes": f"{measured.arena_bytes:,}",
            "measured_with": measured.engine,
        },
    )


def sources(graph: Graph, model: bytes, measured: Measured) -> dict[str, str]:
    """The library's files."""
    functions = add_functions(measured.operators)
    calls = [f"  if (resolver.{name}() != kTfLiteOk) return false;" for name in functions]
    words = {
        "op_kinds": str(len(functions)),
        "add_operators": "\n".join(calls),
        "variables": str(measured.variables),
        "plain_names": plain_names(apart=False),
    }
    construct = WITH_VARIABLES if measured.variables else WITHOUT_VARIABLES
    words["interpreter"] = fill(construct, words)
    text = (files("builds.export.texts") / "interpreter.cc").read_text("utf-8")
    return sealed(
        {
            "model.h": header(graph, STYLE, arena_bytes=measured.arena_bytes),
            "model_data.h": DATA_HEADER,
            "model_data.cc": data_source(model),
            "interpreter.cc": fill(text, words),
        }
    )


def data_source(model: bytes) -> str:
    """The model file as a C++ array."""
    head = ['#include "model_data.h"', "", "alignas(16) const unsigned char ef_model_data[] = {"]
    tail = ["};", f"const unsigned int ef_model_data_bytes = {len(model)};"]
    return "\n".join([*head, *hex_rows(model), *tail]) + "\n"
