"""What other tools say of the same numbers, as JSON: run by `parity`, in an environment of its own.

Reads one JSON object of cases from standard input, writes one of answers.
"""

import json
import sys
import warnings
from collections.abc import Sequence
from typing import Any

BINS, CHUNK = 16, 5_000


def psi_and_js(reference: Sequence[int], current: Sequence[int]) -> dict[str, float]:
    """Evidently's, on bin numbers as categories.

    Every bin gets one row more than twice its count: the shares of Jeffreys' half a count.
    """
    import numpy as np
    import pandas as pd
    from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
    from evidently.legacy.calculations.stattests.psi import _psi
    from evidently.legacy.core import ColumnType

    def column(counts: Sequence[int], more: int, times: int) -> Any:
        rows = np.array(counts) * times + more
        return pd.Series(np.repeat(np.arange(rows.size), rows))

    kind = ColumnType.Categorical
    smooth = _psi(column(reference, 1, 2), column(current, 1, 2), kind, 0.1)
    plain = _jensenshannon(column(reference, 0, 1), column(current, 0, 1), kind, 0.1)
    return {"psi": float(smooth[0]), "js": float(plain[0])}


def wilson(hits: int, trials: int) -> list[float]:
    """Statsmodels' interval."""
    from statsmodels.stats.proportion import proportion_confint

    return [float(each) for each in proportion_confint(hits, trials, method="wilson")]


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Statsmodels' Benjamini and Hochberg."""
    from statsmodels.stats.multitest import multipletests

    return [float(each) for each in multipletests(p_values, method="fdr_bh")[1]]


def car_loans() -> dict[str, Any]:
    """NannyML's own CBPE on its car loans by chunk, what came true, and our histograms."""
    import nannyml

    reference, analysis, targets = nannyml.load_synthetic_car_loan_dataset()
    estimator = nannyml.CBPE(
        y_pred_proba="y_pred_proba",
        y_pred="y_pred",
        y_true="repaid",
        metrics=["accuracy"],
        chunk_size=CHUNK,
        problem_type="classification_binary",
    ).fit(reference)
    found = estimator.estimate(analysis).filter(period="analysis").to_df()
    analysis = analysis.merge(targets, on="id")
    right = (analysis["y_pred"] == analysis["repaid"]).to_numpy()
    chunks = [slice(at, at + CHUNK) for at in range(0, len(analysis), CHUNK)]
    good = reference[reference["y_pred"] == reference["repaid"]]
    return {
        "theirs": [float(each) for each in found[("accuracy", "value")]],
        "realised": [float(right[each].mean()) for each in chunks],
        "total": _histogram(reference),
        "correct": _histogram(good),
        "chunks": [_histogram(analysis[each]) for each in chunks],
    }


def _histogram(rows: Any) -> list[list[int]]:
    """Confidence of the predicted class, by class."""
    import numpy as np

    chance, predicted = rows["y_pred_proba"].to_numpy(), rows["y_pred"].to_numpy()
    sure = np.where(predicted == 1, chance, 1 - chance)
    at = np.clip((sure * BINS).astype(int), 0, BINS - 1)
    return [np.bincount(at[predicted == k], minlength=BINS).tolist() for k in (0, 1)]


def main() -> int:
    """Answer every case."""
    warnings.filterwarnings("ignore")
    cases = json.load(sys.stdin)
    answers = {
        "rows": [psi_and_js(*each) for each in cases["rows"]],
        "wilson": [wilson(*each) for each in cases["wilson"]],
        "adjusted": [adjusted(each) for each in cases["adjusted"]],
        "car_loans": car_loans(),
    }
    sys.stdout.write(json.dumps(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
