"""`make demo-seeds`: the demonstration's releases with other data, trainings and cameras, judged by
the code that is shipped. Exit code 0 = every good release passed and every bad one was found.

`python -m tests.fleet.demo.seeds 1 20` takes seeds 1 to 20, each about half a minute of one core;
what was trained is kept in `var/demo-seeds`.
"""

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = ROOT / "var" / "demo-seeds"
BEGAN: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)


def trained(seed: int, folder: Path) -> Path:
    """Return the folder with what the seed's versions answer; trained in a process of its own."""
    out = folder / str(seed)
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fleet.demo.trained_releases", str(seed), str(out)]
    with (out / "log").open("wb") as log:
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)
    return out


def tell(text: str) -> None:
    """Write it at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def main(first: int, last: int) -> int:
    """Try the seeds one after the other, and print how each release ended."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("EDGEFLEET_LOG_LEVEL", "ERROR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EDGEFLEET_VAR"] = folder
        return _try(range(first, last + 1), Path(folder))


def _try(seeds: range, folder: Path) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from django.test import override_settings

    from fleet.telemetry.drift.wilson import wilson
    from tests.fleet.demo.rehearsal import EXPECTED, Ending, Rehearsal

    call_command("migrate", verbosity=0)
    found: dict[str, list[Ending]] = defaultdict(list)
    for seed in seeds:
        answers = trained(seed, FOLDER)
        keys = {"EDGEFLEET_KEY_DIR": folder / f"keys-{seed}"}
        with override_settings(**keys), transaction.atomic():
            for each in Rehearsal(answers, seed, BEGAN).tell():
                found[each.label].append(each)
                tell(f"{'  ' if each.right else 'NO'} seed {seed}, {each.label} {each.state}")
                tell(f" after {each.seconds} s: {each.why}\n")
            transaction.set_rollback(True)
    for label, wanted in EXPECTED.items():
        right, of = sum(each.right for each in found[label]), len(found[label])
        low, high = wilson(right, of)
        middle = sorted(each.seconds for each in found[label])[of // 2]
        tell(f"{label} {wanted}: {right} of {of} ({low:.1%} to {high:.1%}), median {middle} s\n")
    return 0 if all(each.right for rows in found.values() for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
