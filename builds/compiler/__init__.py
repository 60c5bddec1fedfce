"""A `.tflite` model to plain C++ with TensorFlow Lite Micro's arithmetic and no interpreter.

Pure: standard library and numpy. Guarantees: every error is a CompileError with one clear sentence;
equal inputs give equal bytes; what is emitted computes what TFLM computes, bit for bit.
"""

from builds.compiler.compiled import Compiled
from builds.compiler.errors import BadModel, CompileError, DoesNotFit, Unsupported
from builds.compiler.graph import Graph, Op, Quantization, Tensor
from builds.compiler.litert.write import write_model
from builds.compiler.operators.refusal import check_ops
from builds.compiler.pipeline import built_part, compile_model, read_graph, read_whole_graph
from builds.compiler.plan.plan import MemoryPlan, PlacedTensor
from builds.compiler.recipe import STANDALONE, Arithmetic, Embedding, Recipe, Weights

__all__ = [
    "STANDALONE",
    "Arithmetic",
    "BadModel",
    "CompileError",
    "Compiled",
    "DoesNotFit",
    "Embedding",
    "Graph",
    "MemoryPlan",
    "Op",
    "PlacedTensor",
    "Quantization",
    "Recipe",
    "Tensor",
    "Unsupported",
    "Weights",
    "built_part",
    "check_ops",
    "compile_model",
    "read_graph",
    "read_whole_graph",
    "write_model",
]
