"""The benchmark as text: one line a build, ratios to the baseline, limits kept or missed."""

from collections.abc import Mapping, Sequence

from builds.bench.limits import MeasuredNumbers, limits_of, reached
from builds.bench.measure import BenchRow

HEAD = (
    "target",
    "model",
    "flash",
    "limit",
    "TFLM/ours",
    "RAM",
    "limit",
    "bound",
    "TFLM/ours",
    "stack",
    "instructions",
    "limit",
    "TFLM/ours",
    "insn/MAC",
    "equal",
    "build s",
    "prove s",
)
NAMES = 2  # columns that are names and stand left
NONE = MeasuredNumbers(None, None, None)

Baseline = Mapping[str, Mapping[str, MeasuredNumbers]]


def misses(rows: Sequence[BenchRow]) -> list[str]:
    """One sentence for each limit that is broken and each build that is not proved equal."""
    found = []
    for row in rows:
        name = f"{row.model} on {row.target}"
        if not row.equal:
            found.append(f"{name}: not equal in all engines: {row.difference or 'one is missing'}")
        broken = limits_of(row.target, row.model).missed_by(row.numbers)
        found += [f"{name}: {phrase}" for phrase in broken]
    return found


def steps_back(rows: Sequence[BenchRow]) -> list[str]:
    """One sentence for each number that was better once."""
    return [
        f"{row.model} on {row.target} was better before: {phrase}"
        for row in rows
        for phrase in reached(row.target, row.model).missed_by(row.numbers)
    ]


def render(rows: Sequence[BenchRow], baseline: Baseline) -> str:
    """The table."""
    lines = [HEAD, *(_cells(row, baseline) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    return "".join(
        "  ".join(
            cell.ljust(width) if at < NAMES else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def _cells(row: BenchRow, baseline: Baseline) -> tuple[str, ...]:
    ours, limit = row.numbers, limits_of(row.target, row.model)
    theirs = baseline.get(row.target, {}).get(row.model, NONE)
    return (
        row.target,
        row.model,
        _number(ours.flash),
        _number(limit.flash),
        _ratio(theirs.flash, ours.flash),
        _number(ours.ram),
        _number(limit.ram),
        _number(row.bound_bytes),
        _ratio(theirs.ram, ours.ram),
        _number(row.stack_bytes),
        _number(ours.instructions),
        _number(limit.instructions),
        _ratio(theirs.instructions, ours.instructions),
        "-" if row.per_mac is None else f"{row.per_mac:.2f}",
        "yes" if row.equal else "NO",
        f"{row.build_seconds:.1f}",
        f"{row.prove_seconds:.1f}",
    )


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _ratio(theirs: int | None, ours: int | None) -> str:
    return "-" if not theirs or not ours else f"{theirs / ours:.2f}x"
