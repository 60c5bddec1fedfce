"""The limits of a benchmark run, what was reached before, and the baseline beside it."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

LIMITS, REACHED = "limits.toml", "reached.toml"
BASELINE_KIND = "tflm_cmsis_nn"
BASELINE_MAX = 1024 * 1024  # bytes


@dataclass(frozen=True)
class MeasuredNumbers:
    """What a model costs; None where nobody said."""

    flash: int | None
    ram: int | None
    instructions: int | None

    def missed_by(self, measured: "MeasuredNumbers") -> list[str]:
        """One phrase for each limit that the measured numbers break."""
        pairs = (
            ("flash", measured.flash, self.flash),
            ("ram", measured.ram, self.ram),
            ("instructions", measured.instructions, self.instructions),
        )
        return [
            f"{name} is {value if value is not None else 'unknown'}, limit {limit}"
            for name, value, limit in pairs
            if limit is not None and (value is None or value > limit)
        ]


@cache
def _table(name: str) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    return tomllib.loads((files("builds.bench") / name).read_text("utf-8"))


def _numbers(table: str, target: str, model: str) -> MeasuredNumbers:
    row = _table(table).get(target, {}).get(model, {})
    return MeasuredNumbers(row.get("flash"), row.get("ram"), row.get("instructions"))


def bench_targets() -> tuple[str, ...]:
    """The targets that have limits."""
    return tuple(_table(LIMITS))


def bench_models() -> tuple[str, ...]:
    """The models that have limits, in the order of the file."""
    return tuple(dict.fromkeys(model for models in _table(LIMITS).values() for model in models))


def limits_of(target: str, model: str) -> MeasuredNumbers:
    """The limits of one build; all None where there are none."""
    return _numbers(LIMITS, target, model)


def reached(target: str, model: str) -> MeasuredNumbers:
    """What one build came to before, with a little room; all None where nobody wrote it down."""
    return _numbers(REACHED, target, model)


def read_baseline(path: Path) -> Mapping[str, Mapping[str, MeasuredNumbers]]:
    """Target -> model -> numbers of TFLM with CMSIS-NN; empty where there is no such file."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(BASELINE_MAX))
    except (OSError, ValueError):
        return {}
    return {
        target: {
            model: MeasuredNumbers(row.get("flash"), row.get("ram"), row.get("instructions"))
            for model, row in kinds.get(BASELINE_KIND, {}).items()
        }
        for target, kinds in document.items()
        if isinstance(kinds, dict) and BASELINE_KIND in kinds
    }
