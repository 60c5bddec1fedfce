"""What classical operators give, worked out one number at a time: the reference of their proof.

It shares nothing with the code that it is held against: trees are walked as the model has them, in
Python's own numbers, and real features are compared as real numbers.

Started by path with one argument, the folder of the request; see `builds.verify.child`.
"""

import json
import math
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORMS = {"int8": "b", "int16": "h", "int32": "i", "float32": "f"}
LIMITS = {"int8": (-128, 127), "int16": (-32768, 32767)}
LARGEST = (1 << 30) - 1
STEPS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
Numbers = list[Any]
Operands = Mapping[str, Any]


def scaled(value: int, multiplier: int, shift: int) -> int:
    """Give value * multiplier * 2^(shift - 31), rounded at the product and at the shift."""
    high = (value * multiplier + (1 << 30)) >> 31
    right = -shift
    if right == 0:
        return high
    return (abs(high) + (1 << (right - 1)) >> right) * (1 if high >= 0 else -1)


def clamped(value: int, dtype: str) -> int:
    """Keep a value within its type."""
    low, high = LIMITS[dtype]
    return min(max(value, low), high)


def product(a: int, b: int) -> int:
    """Give a * b / 2^31, rounded."""
    return (a * b + (1 << 30)) >> 31


def half_of(value: int, times: int) -> int:
    """Divide by 2^times, halves away from zero."""
    return (abs(value) + (1 << (times - 1)) >> times) * (1 if value >= 0 else -1)


def exponential(value: int) -> int:
    """Give exp(value / 2^26) in 31 fraction bits, for a value that is not above 0."""
    if value == 0:
        return (1 << 31) - 1
    quarter = 1 << 24
    reduced = value % quarter - quarter
    x = reduced * 32 + (1 << 28)
    square = product(x, x)
    cube, fourth = product(square, x), product(square, square)
    tail = half_of(product(half_of(fourth, 2) + cube, 715827883) + square, 1)
    result = 1895147668 + product(1895147668, x + tail)
    for place, step in enumerate(STEPS):
        if (reduced - value) >> (24 + place) & 1:
            result = product(result, step)
    return result


def shares(sums: Sequence[int], fraction: int) -> list[int]:
    """Give a softmax of sums with so many fraction bits, in steps of 1/256 from -128 on."""
    largest = max(sums)
    far = -(1 << (fraction + 5))
    each = [
        exponential((value - largest) << (26 - fraction)) >> 8 if value - largest > far else 0
        for value in sums
    ]
    whole = sum(each)
    return [min(127, (512 * part // whole + 1) // 2 - 128) for part in each]


def trees(given: Operands, target: Mapping[str, Any]) -> Numbers:
    """Walk every tree, add its leaf, and make a result of the sums."""
    sums = list(given["base"])
    width = len(given["leaves"]) // given["rows"]
    for root, first in zip(given["roots"], given["targets"], strict=True):
        at = root
        while at >= 0:
            below = given["x"][given["features"][at]] <= given["thresholds"][at]
            at = given["children"][2 * at + (0 if below else 1)]
        for place in range(width):
            sums[first + place] += given["leaves"][~at * width + place]
    kind, first, second = given["link"]
    if kind == 1:
        return shares(sums, first)
    return [
        clamped(scaled(value, first, second) + target["zero_point"], target["dtype"])
        for value in sums
    ]


def distances(given: Operands, target: Mapping[str, Any]) -> Numbers:
    """Give the least of the weighted squares of distances, or its root."""
    kind, multiplier, shift, cut, finer = given["link"]
    width = len(given["x"])
    found = []
    for number, offset in enumerate(given["offsets"]):
        total = offset
        for place, value in enumerate(given["x"]):
            apart = (value << finer) - given["centres"][number * width + place]
            total += given["weights"][number * width + place] * apart * apart
        found.append(total)
    least = min(found)
    value = math.isqrt(least) if kind == 1 else least >> cut
    value = min(max(value, -LARGEST), LARGEST)
    return [clamped(scaled(value, multiplier, shift) + target["zero_point"], target["dtype"])]


EVALUATORS = {"EDGEFLEET_TREES": trees, "EDGEFLEET_DISTANCES": distances}


def answered(network: Mapping[str, Any], data: bytes) -> bytes:
    """Run every operator on one vector."""
    held: dict[int, Numbers] = {}
    at = 0
    for slot in network["inputs"]:
        form = f"<{slot['elements']}{FORMS[slot['dtype']]}"
        held[slot["index"]] = list(struct.unpack_from(form, data, at))
        at += struct.calcsize(form)
    for op in network["ops"]:
        given = {**op["constants"], "x": held[op["x"]]}
        held[op["y"]["index"]] = EVALUATORS[op["kind"]](given, op["y"])
    return b"".join(
        struct.pack(f"<{slot['elements']}{FORMS[slot['dtype']]}", *held[slot["index"]])
        for slot in network["outputs"]
    )


def main() -> int:
    """Feed every vector through the network."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    network = json.loads((folder / "network.json").read_text())
    data, size = (folder / "inputs.bin").read_bytes(), sum(request["input_bytes"])
    vectors = [data[size * n : size * (n + 1)] for n in range(request["vectors"])]
    (folder / "outputs.bin").write_bytes(b"".join(answered(network, v) for v in vectors))
    engine = {"engine": f"EdgeFleet's evaluator, Python {sys.version.split()[0]}"}
    (folder / "answer.json").write_text(json.dumps(engine))
    return 0


if __name__ == "__main__":
    sys.exit(main())
