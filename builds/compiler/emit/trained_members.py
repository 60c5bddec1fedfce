"""Kernels whose numbers lie in the section of weights: the same text, with other members.

Data: which members of which struct training decides. A lowering that marks a number of a struct
which is not named here, or the other way round, does not compile.
"""

import re
from collections.abc import Mapping
from typing import Final

_SCALED = "multiplier shift zero low high"
_OPERANDS = "multiplier_a shift_a multiplier_b shift_b zero_a zero_b"
TRAINED: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(members.split())
    for name, members in {
        "EfAdd": f"{_OPERANDS} {_SCALED}",
        "EfAdd16": f"{_OPERANDS} {_SCALED}",
        "EfAddN": "zero_in multiplier shift zero",
        "EfConv": "zero",
        "EfCumsumScale": "zero_in multiplier shift zero",
        "EfDepthwise3": "zero",
        "EfDivide": f"zero_a zero_b {_SCALED}",
        "EfL2Norm": "zero",
        "EfLogSoftmax": "multiplier shift smallest back_multiplier back_shift",
        "EfLstm": "tanh_multiplier tanh_right clip forget_multiplier forget_shift input_multiplier "
        "input_shift output_multiplier output_shift zero",
        "EfMatrices": "a_zero b_zero multiplier shift zero",
        "EfMul": f"{_OPERANDS} {_SCALED}",
        "EfOutput": "zero low high",
        "EfPacked": "rounding low high",
        "EfPad": "value",
        "EfPairs": "rounding low high",
        "EfPool": "low high",
        "EfPrelu": "multiplier_above shift_above multiplier_below shift_below zero_a zero_b zero",
        "EfReduce": "bias multiplier shift zero",
        "EfReduceMiddle": "bias multiplier shift zero",
        "EfRescale": "zero_in multiplier shift zero_out low high",
        "EfScaledRelation": _OPERANDS,
        "EfSoftmax": "multiplier shift smallest",
        "EfSoftmax16": "multiplier shift",
        "EfSquaredDifference": f"{_OPERANDS} {_SCALED}",
        "EfSub": f"{_OPERANDS} {_SCALED}",
        "EfSvdf": "feature_multiplier feature_shift multiplier shift zero state_zero",
        "EfTransposeConv": "zero",
        "EfTransposeConv16": "low high",
        "EfWide": "low high",
        "EfWideColumns": "low high",
        "EfWideDepthwise": "low high",
    }.items()
}
_STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
_MEMBERS = re.compile(r"^  int32_t ([\w, \[\]]+);", re.MULTILINE)


def retyped(text: str) -> str:
    """Make the trained members of every struct an EfNumber, which is read where it is used."""
    return _STRUCT.sub(_struct, text)


def _struct(match: re.Match[str]) -> str:
    trained = TRAINED.get(match[1], frozenset())
    return _MEMBERS.sub(lambda members: _line(members, trained), match[0]) if trained else match[0]


def _line(match: re.Match[str], trained: frozenset[str]) -> str:
    """Split one declaration where the type changes, so that the members keep their order."""
    lines: list[tuple[str, list[str]]] = []
    for member in match[1].split(", "):
        kind = "EfNumber" if member in trained else "int32_t"
        if lines and lines[-1][0] == kind:
            lines[-1][1].append(member)
        else:
            lines.append((kind, [member]))
    return "\n".join(f"  {kind} {', '.join(members)};" for kind, members in lines)
