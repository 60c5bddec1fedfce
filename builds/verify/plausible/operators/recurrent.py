"""Layers with a state: SVDF and LSTM, judged from the states that the interpreter itself has.

What goes in at each step is known: an LSTM's output is its hidden state after each step, and SVDF
keeps all that it adds up. Only an LSTM's cell is not seen between steps; its error is carried
along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from builds.verify.plausible.case import Case, Evaluate, Expected, Reals, centred, real
from builds.verify.plausible.operators.functions import logistic

_STATE = 4  # of an SVDF
_HIDDEN, _CELL = 18, 19  # of an LSTM
_GATES = {"input": (1, 5, 12), "forget": (2, 6, 13), "cell": (3, 7, 14), "output": (4, 8, 15)}
_GATE = 2.0**-12  # to which the two sums of a gate are rounded
_REACH = 8.0  # beyond which neither of the two sums of a gate goes, nor their sum
_WRAPS = 2.0**31 - 2.0**16  # from where on a sum of 32 bits may wrap
_CURVE = 4 * 2.0**-15  # of a function between the lines of a table


def svdf(case: Case) -> tuple[Expected, ...]:
    """SVDF: the result of the memory as it is after the step."""
    time, state = case.centred(2), case.tensor(_STATE)
    memory = centred(state, np.asarray(case.stored[state.index])).reshape(-1, *time.shape)
    sums = (memory * time).sum(axis=2)
    scale = case.scale(2) * case.scale(_STATE)
    rank = case.option("rank")
    values = sums.reshape(sums.shape[0], -1, rank).sum(axis=2) * scale
    if case.has(3):
        values = values + np.asarray(case.raw(3), np.float64) * scale
    values = values.reshape(case.target().shape)
    whole = np.abs(values) < scale * _WRAPS
    note = "" if whole.all() else "has sums that pass 32 bits, which begin anew at the other end"
    return (Expected(np.where(whole, case.clipped(values), np.nan), steps=0.5, note=note),)


def svdf_memory(case: Case) -> Expected:
    """What the newest column of an SVDF's memory should be, filters by batches."""
    values = case.real(0) @ case.real(1).T
    return Expected(values, steps=0.5)


_SINGLE: Final = 2.0**-12  # of a cell in single precision, over a whole sequence


@dataclass
class _Cell:
    """An LSTM's cell in real numbers, and by how much it may be off."""

    values: Reals
    slack: Reals


def lstm(case: Case) -> tuple[Expected, ...] | None:
    """UNIDIRECTIONAL_SEQUENCE_LSTM over all steps."""
    hidden, cell = case.tensor(_HIDDEN), case.tensor(_CELL)
    if hidden.index not in case.before or cell.index not in case.before:
        return None
    source, made = case.real(0), real(hidden, case.made())
    if not case.option("time_major"):
        source, made = source.swapaxes(0, 1), made.swapaxes(0, 1)
    shape = made.shape[1:]
    state = real(hidden, case.before[hidden.index]).reshape(shape)
    start = real(cell, case.before[cell.index]).reshape(shape)
    inside = _Cell(start, np.zeros(shape))
    values, slack = np.zeros(made.shape), np.zeros(made.shape)
    for step in range(made.shape[0]):
        values[step], slack[step] = _step(case, source[step], state, inside)
        state = made[step]
    if not case.option("time_major"):
        values, slack = values.swapaxes(0, 1), slack.swapaxes(0, 1)
    target = case.target()
    kept = (hidden.scale, hidden.zero_point) == (target.scale, target.zero_point)
    note = "" if kept else "gives the bytes of its state another scale"
    return (Expected(values, steps=0.5, slack=slack, stored_as=hidden, note=note),)


def _step(case: Case, source: Reals, hidden: Reals, cell: _Cell) -> tuple[Reals, Reals]:
    """Take one step; change the cell, and give the hidden state with its slack."""
    before = {name: _gate(case, name, source, hidden) for name in _GATES}
    gates = {name: logistic(value) for name, value in before.items()}
    made = np.tanh(before["cell"])
    slack = 0.25 * 2 * _GATE + _CURVE
    unit = case.scale(_CELL)
    cell.slack = (
        gates["forget"] * cell.slack
        + np.abs(cell.values) * slack
        + gates["input"] * (2 * _GATE + _CURVE)
        + slack
        + 2 * unit
    )
    limits = np.iinfo(np.int16)
    values = gates["forget"] * cell.values + gates["input"] * made
    clip = float(case.op.options.get("cell_clip", 0.0)) or np.inf
    values = np.clip(values, limits.min * unit, limits.max * unit)
    cell.values = np.clip(values, -clip, clip)
    bent = np.tanh(cell.values)
    if case.target().dtype == "float32":
        cell.slack = np.zeros(values.shape)
        return gates["output"] * bent, _SINGLE * (1 + np.abs(cell.values))
    return gates["output"] * bent, cell.slack + _CURVE + _GATE + slack


def _gate(case: Case, name: str, source: Reals, hidden: Reals) -> Reals:
    weights, recurrent, bias = _GATES[name]
    product = case.scale(0) * case.scale(weights)
    outer = source @ case.real(weights).T + np.asarray(case.raw(bias), np.float64) * product
    inner = hidden @ case.real(recurrent).T
    if case.target().dtype == "float32":
        return np.asarray(outer + inner)
    parts = (np.clip(part, -_REACH, _REACH) for part in (outer, inner))
    return np.clip(sum(parts), -_REACH, _REACH)


EVALUATORS: Final[Mapping[str, Evaluate]] = {
    "SVDF": svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
}
