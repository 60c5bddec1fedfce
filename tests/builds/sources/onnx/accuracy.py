"""What TensorFlow Lite Micro answers to samples, and how much of it is right."""

from typing import Any

import numpy as np
from tflite_micro.python.tflite_micro import runtime

from builds.compiler import read_graph

Array = np.ndarray[Any, np.dtype[Any]]


def answers(tflite: bytes, samples: Array) -> Array:
    """The real numbers of each answer; samples lie as the model takes them."""
    graph = read_graph(tflite)
    engine, source, target = runtime.Interpreter.from_bytes(tflite), *graph.inputs, *graph.outputs
    found = []
    for sample in samples:
        steps = np.rint(sample / np.float32(source.scale)) + source.zero_point
        engine.set_input(np.clip(steps, -128, 127).astype(np.int8)[None], 0)
        engine.invoke()
        found.append((engine.get_output(0).astype(float) - target.zero_point) * target.scale)
    return np.concatenate(found)


def accuracy(tflite: bytes, samples: Array, labels: Array) -> float:
    """The share of samples whose largest answer is the label."""
    return float(np.mean(answers(tflite, samples).argmax(1) == labels))
