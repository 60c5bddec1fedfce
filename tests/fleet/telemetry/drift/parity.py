"""`make drift-parity`: our arithmetic beside Evidently's, NannyML's, statsmodels' and SciPy's.

The other tools live in an environment of their own, whose Python is the first argument; it answers
as a child process. Ends with 1 where a difference is larger than allowed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from fleet.telemetry.drift.benjamini_hochberg import adjusted
from fleet.telemetry.drift.bins import merge_sparse
from fleet.telemetry.drift.chi_square import two_sample
from fleet.telemetry.drift.jensen_shannon import jensen_shannon
from fleet.telemetry.drift.psi import psi
from fleet.telemetry.drift.wilson import wilson
from fleet.telemetry.judgement.calibration import estimate

ORACLES = Path(__file__).with_name("oracles.py")
SECONDS = 900  # of the child: the other tools take a minute to import on a busy machine
SAME = 1e-10
ALIKE = 0.002  # of an accuracy from 16 bins, beside one from every row
Line = tuple[str, float, float]  # what, difference, allowed


def cases(seed: int = 20261129) -> dict[str, Any]:
    """Rows of counts of fleets and references, shares, p-values."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(20):
        shares = random.dirichlet(np.full(12, 3.0))
        moved = random.dirichlet(shares * 200)
        rows.append(
            [random.multinomial(4000, shares).tolist(), random.multinomial(900, moved).tolist()]
        )
    trials = random.integers(1, 500, 50)
    hits = [int(random.integers(0, each + 1)) for each in trials]
    return {
        "rows": rows,
        "wilson": [[h, int(t)] for h, t in zip(hits, trials, strict=True)],
        "adjusted": [random.uniform(0, 1, 40).tolist(), (random.uniform(0, 1, 40) ** 4).tolist()],
    }


def compared(given: dict[str, Any], theirs: dict[str, Any]) -> Iterator[Line]:
    """Yield the largest difference of each kind."""
    pairs = list(zip(given["rows"], theirs["rows"], strict=True))
    yield "PSI, Evidently", max(abs(psi(*r).value - t["psi"]) for r, t in pairs), SAME
    yield (
        "Jensen-Shannon, Evidently",
        max(abs(jensen_shannon(*r) - t["js"]) for r, t in pairs),
        SAME,
    )
    yield (
        "Jensen-Shannon, SciPy",
        max(abs(jensen_shannon(*r) - float(jensenshannon(*r))) for r, _ in pairs),
        SAME,
    )
    yield "chi-square's p, SciPy", max(_chi_square(*r) for r, _ in pairs), SAME
    for name, ours in (("wilson", wilson), ("adjusted", lambda *each: adjusted(each))):
        gaps = [
            np.abs(np.subtract(ours(*each), t)).max()
            for each, t in zip(given[name], theirs[name], strict=True)
        ]
        allowed = 1e-7 if name == "wilson" else SAME  # its 1.959964 has seven digits
        yield f"{name}, statsmodels", float(max(gaps)), allowed
    yield from _accuracies(theirs["car_loans"])


def _chi_square(reference: list[int], current: list[int]) -> float:
    merged = np.array(merge_sparse(reference, current))
    theirs = chi2_contingency(merged, correction=False)
    return abs(two_sample(reference, current).p - float(theirs.pvalue))


def _accuracies(loans: dict[str, Any]) -> Iterator[Line]:
    total, correct = (np.array(loans[name], float) for name in ("total", "correct"))
    ours = [estimate(np.array(each, float), total, correct, 1.0) for each in loans["chunks"]]
    value = np.array([each.accuracy for each in ours])
    theirs, true = np.array(loans["theirs"]), np.array(loans["realised"])
    yield "CBPE's accuracy, NannyML", float(np.abs(value - theirs).max()), ALIKE
    yield "our estimate beside what came true", float(np.abs(value - true).max()), 0.02
    yield "NannyML's beside what came true", float(np.abs(theirs - true).max()), 0.02
    outside = np.mean([not o.low <= t <= o.high for o, t in zip(ours, true, strict=True)])
    yield "chunks outside our 95 % interval (share)", float(outside), 0.2


def main(argv: list[str]) -> int:
    """Print a line for each comparison."""
    given = cases()
    command = [argv[0], str(ORACLES)]
    answered = subprocess.run(
        command,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if answered.returncode:
        sys.stderr.write(answered.stderr)
        return 1
    lines = list(compared(given, json.loads(answered.stdout)))
    for what, gap, allowed in lines:
        state = "ok" if gap <= allowed else "TOO FAR"
        sys.stdout.write(f"{what}: largest difference {gap:.2g}, {allowed:g} allowed: {state}\n")
    return int(any(gap > allowed for _, gap, allowed in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
