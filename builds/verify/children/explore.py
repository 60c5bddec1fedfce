"""Look for inputs that drive every tensor of a model far, in TensorFlow Lite Micro, and tell what
all its tensors held.

Starts from the inputs of the request and changes those that brought something new, as fuzzers do:
new is a value that a tensor did not have before, an end of its range, an end in one of its
channels. Gives as many inputs as it got, the first among them first, then in the order of what each
adds, and for each all watched tensors. Of a model with a state it gives the inputs as they are.

Equal requests give equal answers: the dice are SHAKE-256 of the request's seed, and the work is
counted in runs, not in time. Started by path with one argument, the folder of the request; see
`builds.verify.child`.
"""

import hashlib
import json
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

ARENA_BYTES = 256 * 1024 * 1024  # no tensor's memory is used again
UNAVAILABLE_EXIT = 69
CHANNELS_MAX = 512  # of a tensor, whose ends are told apart
END_WORTH = 16  # of an end of a range, where another new value is worth 1

try:
    import numpy as np
    from tflite_micro import runtime
except ImportError as failure:
    sys.stderr.write(f"the Python package 'tflite-micro' is not usable here: {failure}\n")
    sys.exit(UNAVAILABLE_EXIT)

Array = np.ndarray[Any, Any]


class InterpretedModel:
    """The interpreter, with all tensors kept."""

    def __init__(self, model: bytes, request: dict[str, Any]) -> None:
        kept = runtime.InterpreterConfig.kPreserveAllTensors
        self.interpreter = runtime.Interpreter.from_bytes(
            model, arena_size=ARENA_BYTES, intrepreter_config=kept
        )
        self.request = request
        self.aborted = 0  # vectors that the interpreter does not get through

    def run(self, data: bytes) -> bool:
        """Run one vector; False where the interpreter aborts on it."""
        at = 0
        for index, size in enumerate(self.request["input_bytes"]):
            details = self.interpreter.get_input_details(index)
            values = np.frombuffer(data[at : at + size], dtype=details["dtype"])
            self.interpreter.set_input(values.reshape(tuple(details["shape"])), index)
            at += size
        if self.request["probe"] and not self.survives():
            self.aborted += 1
            return False
        self.interpreter.invoke()
        return True

    def survives(self) -> bool:
        """Whether a copy of the process gets through the vector."""
        copy = os.fork()
        if copy == 0:
            try:
                self.interpreter.invoke()
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) != -signal.SIGABRT

    def tensors(self) -> list[Array]:
        """All watched tensors after a run."""
        return [
            np.ascontiguousarray(self.interpreter.GetTensor(tensor, graph)["tensor_data"])
            for graph, tensor in self.request["watched"]
        ]


def features(values: Array) -> Array:
    """What a tensor had: values in 256 boxes, both ends and zero, both ends in each channel."""
    if values.dtype.kind == "f":
        return np.array([(values < 0).any(), (values == 0).any(), (values > 0).any()])
    if values.dtype.itemsize > 2 or not values.size:
        return np.zeros(0, bool)
    limits = (0, 1) if values.dtype == bool else ends(values.dtype)
    whole = values.reshape(-1).astype(np.int32) - limits[0]
    boxes = whole >> 8 if values.dtype.itemsize == 2 else whole
    low, high = values == limits[0], values == limits[1]
    parts = [np.bincount(boxes, minlength=256) > 0, np.array([low.any(), high.any()])]
    channels = values.shape[-1] if values.ndim > 1 else 1
    if 1 < channels <= CHANNELS_MAX:
        parts += [end.reshape(-1, channels).any(axis=0) for end in (low, high)]
    return np.concatenate(parts)


def ends(kind: Any) -> tuple[int, int]:
    """The least and the largest integer of a type."""
    return int(np.iinfo(kind).min), int(np.iinfo(kind).max)


def worth(values: list[Array]) -> Array:
    """What each feature counts."""
    parts = []
    for tensor in values:
        count = features(tensor).size
        weights = np.ones(count)
        weights[256:258] = END_WORTH
        parts.append(weights)
    return np.concatenate(parts)


class Dice:
    """A stream of numbers that is the same everywhere."""

    def __init__(self, seed: str) -> None:
        self.seed, self.rolls = seed, 0

    def data(self, count: int) -> bytes:
        """So many bytes."""
        self.rolls += 1
        return hashlib.shake_256(f"{self.seed}/{self.rolls}".encode()).digest(count)

    def below(self, limit: int) -> int:
        """A number from 0 to below the limit."""
        return int.from_bytes(self.data(8), "little") % limit

    def words(self, count: int) -> Array:
        """So many numbers of 16 bits."""
        return np.frombuffer(self.data(2 * count), "<u2").astype(np.int64)


def changed(slot: dict[str, Any], mine: bytes, other: bytes, dice: Dice) -> bytes:
    """Change one input, or make a new one."""
    if slot["dtype"] == "float32":
        return changed_reals(mine, other, dice)
    if slot["dtype"] not in ("int8", "uint8", "int16"):
        return mine
    kind = np.dtype(slot["dtype"])
    limits = np.iinfo(kind)
    now, then = (np.frombuffer(part, kind).astype(np.int64) for part in (mine, other))
    count, zero = now.size, slot["zero_point"]
    way = dice.below(8)
    if way == 0:
        new = limits.min + dice.words(count) % (limits.max - limits.min + 1)
    elif way == 1:
        new = np.where(blocks(count, dice), limits.max, limits.min)
    elif way == 2:
        new = np.full(count, limits.min + dice.below(limits.max - limits.min + 1))
    elif way == 3:
        new = np.where(blocks(count, dice), now, (limits.min, limits.max, zero)[dice.below(3)])
    elif way == 4:
        up, down = ((2, 1), (4, 1), (1, 2), (-1, 1), (3, 2))[dice.below(5)]
        new = zero + (now - zero) * up // down
    elif way == 5:
        new = np.where(blocks(count, dice), now, then)
    elif way == 6:
        reach = 1 << dice.below(5)
        new = now + dice.words(count) % (2 * reach + 1) - reach
    else:
        ends = np.where(dice.words(count) & 1, limits.max, limits.min)
        new = np.where(dice.words(count) % 16 == 0, ends, zero)
    return bytes(np.clip(new, limits.min, limits.max).astype(kind).tobytes())


def changed_reals(mine: bytes, other: bytes, dice: Dice) -> bytes:
    """Change one input of real numbers."""
    now, then = (np.frombuffer(part, "<f4").astype(np.float64) for part in (mine, other))
    way = dice.below(4)
    if way == 0:
        new = (dice.words(now.size) / 32768.0 - 1.0) * 2.0 ** (dice.below(12) - 6)
    elif way == 1:
        new = now * (2.0, 0.5, -1.0, 1.5)[dice.below(4)]
    elif way == 2:
        new = np.where(blocks(now.size, dice), now, then)
    else:
        new = np.where(blocks(now.size, dice), now, 2.0 ** (dice.below(12) - 6))
    return bytes(np.clip(new, -1e6, 1e6).astype("<f4").tobytes())


def blocks(count: int, dice: Dice) -> Array:
    """True and false in runs of one length."""
    length = 1 << dice.below(8)
    flips = np.frombuffer(dice.data(count // length + 1), np.uint8) & 1
    return np.repeat(flips, length)[:count].astype(bool)


def explore(model: InterpretedModel, given: list[bytes], request: dict[str, Any]) -> list[bytes]:
    """Give as many inputs, of those given and others."""
    dice = Dice(request["seed"])
    known: list[tuple[bytes, Array]] = []
    seen: Array = np.zeros(0, bool)
    for number in range(len(given) + request["tries"]):
        data = given[number] if number < len(given) else candidate(known, request, dice)
        if not model.run(data):
            continue
        tensors = model.tensors()
        found = np.concatenate([features(values) for values in tensors])
        if not known:
            seen, weights = np.zeros(found.size, bool), worth(tensors)
        if number < len(given) or (found & ~seen).any():
            known.append((data, found))
            seen = seen | found
    return chosen(known, weights, len(given)) if known else []


def candidate(known: list[tuple[bytes, Array]], request: dict[str, Any], dice: Dice) -> bytes:
    """Make another vector of two that are known."""
    mine, other = (known[dice.below(len(known))][0] for _ in range(2))
    at, parts = 0, []
    for slot, size in zip(request["slots"], request["input_bytes"], strict=True):
        parts.append(changed(slot, mine[at : at + size], other[at : at + size], dice))
        at += size
    return b"".join(parts)


def chosen(known: list[tuple[bytes, Array]], weights: Array, count: int) -> list[bytes]:
    """Take the first, and then always what adds most; the earlier where two add the same."""
    left, taken = list(range(1, len(known))), [0]
    seen = known[0][1]
    while left and len(taken) < count:
        gains = [float(weights[known[n][1] & ~seen].sum()) for n in left]
        best = left.pop(int(np.argmax(gains)))
        taken.append(best)
        seen = seen | known[best][1]
    return [known[n][0] for n in taken]


def main() -> int:
    """Explore, and write down what the tensors held."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    data = (folder / "inputs.bin").read_bytes()
    stride = sum(request["input_bytes"])
    given = [data[at : at + stride] for at in range(0, stride * request["vectors"], stride)]
    try:
        model = InterpretedModel((folder / "model.tflite").read_bytes(), request)
        inputs = given if request["stateful"] else explore(model, given, request)
        held = []
        for vector in inputs:
            model.run(vector)
            held.append(b"".join(values.tobytes() for values in model.tensors()))
    except RuntimeError as error:
        sys.stderr.write(f"TensorFlow Lite Micro does not run this model: {error}\n")
        return UNAVAILABLE_EXIT
    filling = [bytes(sum(request["output_bytes"]))] * (len(given) - len(held))
    (folder / "outputs.bin").write_bytes(b"".join(held + filling))
    answer = {
        "engine": f"tflite-micro {version('tflite_micro')}",
        "found": len(held),
        "aborted": model.aborted,
    }
    (folder / "answer.json").write_text(json.dumps(answer))
    sys.stdout.flush()
    # The interpreter's destructors have nothing to save, and a broken model may trip them.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
