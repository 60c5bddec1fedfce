"""A challenger in a process of its own:
``python -m device_agent.model.beside FOLDER BYTES TENSORS``.

Reads the champion's input tensors from standard input, one inference after the other, and answers
each with the predicted class, as a line of JSON. It proves its golden vectors first, yields the
processor to everything else, and ends with the agent. Whatever it does, it takes only itself along.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from device_agent.errors import AgentError
from device_agent.model.compiled import CompiledModel
from device_agent.model.golden import run_vectors
from device_agent.model.quantise import TYPECODES, quantise
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import predicted_class

NICE = 19  # behind everything else
PR_SET_PDEATHSIG = 1
REASON_MAX = 300  # characters


def main(arguments: Sequence[str], questions: IO[bytes], answers: IO[str]) -> int:
    """Answer until standard input ends; 1 with a reason when the model breaks."""
    folder, memory_bytes = Path(arguments[0]), int(arguments[1])
    given = [Tensor(**each) for each in json.loads(arguments[2])]
    _bound(memory_bytes)
    try:
        run_vectors(folder)
        model = CompiledModel.load(folder)
        _answer(answers, {"ready": True})
        while inputs := _read(questions, given):
            _answer(answers, {"class": _predict(model, inputs, given)})
    except (AgentError, ProtocolError, OSError, MemoryError, ValueError) as error:
        _answer(answers, {"broken": (str(error) or type(error).__name__)[:REASON_MAX]})
        return 1
    return 0


def convert(data: bytes, given: Tensor, wanted: Tensor) -> bytes:
    """One tensor of the champion as the challenger takes it: the same real numbers."""
    same = ("dtype", "scale", "zero_point", "bytes")
    if all(getattr(given, name) == getattr(wanted, name) for name in same):
        return data
    stored = array(TYPECODES[given.dtype], data)
    scale = given.scale or 1.0
    return quantise([(value - given.zero_point) * scale for value in stored], wanted).data


def _predict(model: CompiledModel, inputs: list[bytes], given: Sequence[Tensor]) -> int:
    wanted = model.manifest.inputs
    pairs = zip(inputs, given, wanted, strict=True)
    outputs = model.invoke([convert(data, one, other) for data, one, other in pairs])
    return predicted_class(array("b", outputs[0]))


def _read(questions: IO[bytes], given: Sequence[Tensor]) -> list[bytes]:
    found = [questions.read(tensor.bytes) for tensor in given]
    whole = all(len(data) == tensor.bytes for data, tensor in zip(found, given, strict=True))
    return found if whole else []


def _answer(answers: IO[str], word: dict[str, object]) -> None:
    answers.write(json.dumps(word) + "\n")
    answers.flush()


def _bound(memory_bytes: int) -> None:
    os.nice(NICE)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _alone_on_stdout() -> IO[str]:
    """Keep the way to the agent for answers: what a model prints, perhaps for ever, is lost."""
    kept = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    return kept


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], sys.stdin.buffer, _alone_on_stdout()))
