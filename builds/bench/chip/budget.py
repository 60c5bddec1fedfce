"""What the parts may cost, beside what they do: rows of a table, and a sentence for each miss."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from builds.bench.chip.emulated import InferenceShare
from builds.bench.chip.linked import LinkedSize
from builds.bench.chip.wear import RingFlash

WINDOWS_A_DAY = (24, 96)
WINDOW_BYTES = 200  # of a frame of the standard profile
RING_FLASH = (RingFlash(4096, 4, 8), RingFlash(2048, 8, 4), RingFlash(131_072, 3, 32))


@dataclass(frozen=True)
class BudgetRow:
    """One number beside its limit; None where nobody limited it."""

    what: str
    target: str
    unit: str
    value: float
    limit: float | None

    @property
    def is_missed(self) -> bool:
        """Whether it costs more than it may."""
        return self.limit is not None and self.value > self.limit


@cache
def _budget() -> Mapping[str, Any]:
    return tomllib.loads((files("builds.bench.chip") / "budget.toml").read_text("utf-8"))


def kept_state() -> Mapping[str, str]:
    """Part -> what a firmware keeps for it in RAM, as C++."""
    state: Mapping[str, str] = _budget()["state"]
    return state


def size_rows(size: LinkedSize) -> list[BudgetRow]:
    """Flash and RAM of some parts."""
    limits = _budget()["limits"].get(size.parts, {})
    flash = limits.get("flash", {}).get(size.target)
    return [
        BudgetRow(size.parts, size.target, "bytes of flash", size.flash, flash),
        BudgetRow(size.parts, size.target, "bytes of RAM", size.ram, limits.get("ram")),
    ]


def share_rows(share: InferenceShare) -> list[BudgetRow]:
    """Instructions that counting adds to an inference, and the stack it takes."""
    limit = _budget()["limits"]["inference"]["per_cent"]
    counted = f"counting {share.model}"
    return [
        BudgetRow(counted, share.target, "instructions", share.recorder, None),
        BudgetRow(counted, share.target, "% of an inference", share.per_cent, limit),
        BudgetRow(counted, share.target, "bytes of stack", share.stack, None),
    ]


def misses(rows: Sequence[BudgetRow]) -> list[str]:
    """Return a sentence for each number above its limit."""
    return [
        f"{row.what} on {row.target}: {row.value:,.6g} {row.unit}, at most {row.limit:,.6g}"
        for row in rows
        if row.is_missed
    ]


def render(rows: Sequence[BudgetRow]) -> str:
    """The table."""
    lines = [("part", "target", "measured", "at most", "of what")]
    lines += [
        (
            row.what,
            row.target,
            _number(row.value),
            "-" if row.limit is None else _number(row.limit),
            row.unit,
        )
        for row in rows
    ]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "".join(
        f"{what:<{widths[0]}}  {target:<{widths[1]}}  {value:>{widths[2]}}  {limit:>{widths[3]}}  "
        f"{unit}\n"
        for what, target, value, limit, unit in lines
    )


def wear_lines() -> str:
    """How long rings last, one line for each flash and rate."""
    return "".join(
        f"ring of {flash.sectors} x {flash.sector:,} bytes, units of {flash.unit}: keeps "
        f"{flash.windows_kept(WINDOW_BYTES)} windows of {WINDOW_BYTES} bytes; at {rate} windows a "
        f"day it lasts {flash.years(WINDOW_BYTES, rate):,.0f} years\n"
        for flash in RING_FLASH
        for rate in WINDOWS_A_DAY
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
