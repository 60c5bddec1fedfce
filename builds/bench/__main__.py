"""`python -m builds.bench`: the whole table from one run; exit 1 when a limit is missed."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from builds.bench.limits import bench_models, bench_targets, read_baseline
from builds.bench.measure import BenchRow, measure
from builds.bench.table import misses, render, steps_back
from builds.compiler import Recipe

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MISSED, NO_MODELS = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    options = _parser().parse_args(arguments)
    found = {model: options.models / f"{model}.tflite" for model in bench_models()}
    if absent := [str(path) for path in found.values() if not path.is_file()]:
        sys.stderr.write(f"these models are missing: {', '.join(absent)}\n")
        return NO_MODELS
    rows = []
    for target in options.target or bench_targets():
        for model, path in found.items():
            sys.stderr.write(f"{model} for {target} ...\n")
            row = measure(
                path,
                target,
                vectors=options.vectors,
                compiler=options.compiler,
                recipe=Recipe(options.recipe),
            )
            rows.append(row)
    sys.stdout.write(_json(rows) if options.json else render(rows, read_baseline(options.baseline)))
    broken = misses(rows) + (steps_back(rows) if _is_default(options) else [])
    for sentence in broken:
        sys.stderr.write(f"MISSED {sentence}\n")
    return MISSED if broken else 0


def _is_default(options: argparse.Namespace) -> bool:
    """Only the default build is held against what was reached before."""
    return (options.recipe, options.compiler) == (Recipe.BALANCED, "clang")


def _json(rows: Sequence[BenchRow]) -> str:
    return json.dumps([asdict(row) for row in rows], indent=1) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m builds.bench", description=__doc__)
    parser.add_argument("--models", type=Path, default=SHARED / "models", metavar="DIR")
    parser.add_argument("--baseline", type=Path, default=SHARED / "data" / "tflm_baseline.json")
    parser.add_argument("--target", action="append", help="may be given more than once")
    parser.add_argument("--vectors", type=int, default=10, help="golden vectors of each proof")
    parser.add_argument("--compiler", choices=("clang", "gnu"), default="clang")
    parser.add_argument("--recipe", choices=[r.value for r in Recipe], default="balanced")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
