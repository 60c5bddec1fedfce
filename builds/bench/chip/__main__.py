"""`python -m builds.bench.chip`: what the library for chips costs; exit 1 for a missed limit."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from builds.bench.chip.budget import (
    BudgetRow,
    kept_state,
    misses,
    render,
    share_rows,
    size_rows,
    wear_lines,
)
from builds.bench.chip.emulated import inference_share
from builds.bench.chip.linked import STATED_FOR, library_parts, linked_size

TARGETS = ("cortex-m0plus", "cortex-m4f")
SHARED = Path(__file__).resolve().parents[3].parent / "shared"
MODEL = SHARED / "models" / "kws_ref_model.tflite"
MISSED = 1
TAKING_MODELS = ("recorder", "encoder", "ring", "slots", "smp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and print the table."""
    options = _parser().parse_args(arguments)
    rows = [row for target in options.target or TARGETS for row in _rows(target, options.compiler)]
    if options.model.is_file():
        for target in options.target or TARGETS:
            rows += share_rows(inference_share(options.model, target))
    else:
        sys.stderr.write(f"{options.model} is missing, so no instructions are counted\n")
    broken = misses(rows) if options.compiler == STATED_FOR else []
    if options.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    else:
        sys.stdout.write(render(rows) + wear_lines())
    for sentence in broken:
        sys.stderr.write(f"MISSED {sentence}\n")
    return MISSED if broken else 0


def _rows(target: str, compiler: str) -> list[BudgetRow]:
    rows = []
    for parts in (("recorder",), ("recorder", "encoder"), ("recorder", "encoder", "ring")):
        rows += size_rows(linked_size(parts, target, kept_state(), compiler=compiler))
    whole = linked_size(library_parts(), target, kept_state(), compiler=compiler, whole=True)
    taking = linked_size(TAKING_MODELS, target, kept_state(), compiler=compiler)
    return rows + size_rows(whole) + size_rows(taking)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m builds.bench.chip", description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL, metavar="FILE", help="int8 .tflite")
    parser.add_argument("--target", action="append", help="may be given more than once")
    parser.add_argument("--compiler", choices=("clang", "gnu"), default=STATED_FOR)
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
