"""The small arithmetic of the child, without TensorFlow."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.jailed.errors import ChildLost
from builds.recipes.quantize import run as quantize
from builds.recipes.quantize.data import DatasetSamples, evenly, samples
from builds.recipes.quantize.protocol import Unfit
from builds.recipes.quantize.score import agreement, decisions, metrics
from tests.builds.jailed.hostile import takes_over


def test_accuracy_counts_right_answers() -> None:
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)
    assert metrics(outputs, np.array([0, 1, 1])) == {"samples": 3, "accuracy": 0.666667}
    assert metrics(outputs, None) == {"samples": 3}


def test_one_output_is_a_yes_from_a_half_on() -> None:
    assert decisions(np.array([[0.5], [0.49]], np.float32)).tolist() == [True, False]


def test_agreement_needs_no_labels() -> None:
    one = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    assert agreement(one, one) == {"agreement": 1.0, "mean_abs_error": 0.0}
    assert agreement(one, one[::-1])["agreement"] == 0.0


@given(st.integers(1, 300), st.integers(1, 100))
def test_samples_are_chosen_evenly(count: int, most: int) -> None:
    x = np.arange(count, dtype=np.float32)[:, None]
    chosen = evenly(DatasetSamples(x, np.arange(count)), most)
    assert len(chosen.x) == min(count, most)
    assert chosen.y is not None
    assert chosen.x[:, 0].astype(int).tolist() == chosen.y.tolist()
    assert sorted(set(chosen.y.tolist())) == chosen.y.tolist()
    if most > 1:
        assert chosen.y[-1] == count - 1


def test_pickled_datasets_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(Unfit, match="cannot be read"):
        samples(str(path))


@pytest.mark.parametrize(
    "result", ["", "io_schema={}, ops=[], parameters=1", "io_schema={}, ops={}, parameters='2'"]
)
def test_a_report_that_foreign_code_spoilt_is_our_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, result: str
) -> None:
    takes_over(monkeypatch, f"end({result})")
    with pytest.raises(ChildLost, match="The report of the child lacks"):
        quantize.inspect(keras_bytes=b"", workdir=tmp_path)


def test_progress_lines_are_read_with_care() -> None:
    heard: list[tuple[int, str]] = []
    hear = quantize.relay(lambda percent, text: heard.append((percent, text)))
    for line in ("progress 5 loading", "progress x y", "other", "", "progress 900 far", "progress"):
        hear(line)
    assert heard == [(5, "loading"), (100, "far")]
