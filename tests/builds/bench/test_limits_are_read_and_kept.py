import json
from pathlib import Path

import pytest

from builds.bench.limits import (
    MeasuredNumbers,
    bench_models,
    bench_targets,
    limits_of,
    reached,
    read_baseline,
)


def test_the_table_covers_four_cores_and_five_models() -> None:
    assert bench_targets() == ("cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc")
    assert len(bench_models()) == 5


def test_limits_are_those_that_were_promised() -> None:
    assert limits_of("cortex-m4f", "kws_ref_model") == MeasuredNumbers(40_000, 9_000, 5_400_000)
    assert limits_of("cortex-m0plus", "vww_96_int8") == MeasuredNumbers(None, None, 60_000_000)


def test_what_was_reached_lies_inside_the_limits() -> None:
    for target in bench_targets():
        for model in bench_models():
            assert limits_of(target, model).missed_by(reached(target, model)) == []
    assert reached("cortex-m4f", "mystery") == MeasuredNumbers(None, None, None)


def test_a_build_that_nobody_limited_has_no_limits() -> None:
    assert limits_of("cortex-m4f", "mystery") == MeasuredNumbers(None, None, None)


@pytest.mark.parametrize(
    ("measured", "count"),
    [
        (MeasuredNumbers(100, 10, 1000), 0),
        (MeasuredNumbers(101, 10, 1000), 1),
        (MeasuredNumbers(101, 11, 1001), 3),
        (MeasuredNumbers(100, 10, None), 1),
    ],
)
def test_more_than_the_limit_or_unknown_is_a_miss(measured: MeasuredNumbers, count: int) -> None:
    assert len(MeasuredNumbers(100, 10, 1000).missed_by(measured)) == count


def test_no_limit_cannot_be_missed() -> None:
    assert MeasuredNumbers(None, None, None).missed_by(MeasuredNumbers(10**9, None, 10**9)) == []


def test_a_miss_says_both_numbers() -> None:
    (phrase,) = MeasuredNumbers(100, None, None).missed_by(MeasuredNumbers(120, 1, 1))
    assert phrase == "flash is 120, limit 100"


def test_the_baseline_is_read_by_target_and_model(tmp_path: Path) -> None:
    row = {"flash": 3, "ram": 2, "instructions": 1, "code": 9}
    document = {"what": "text", "cortex-m4f": {"tflm_cmsis_nn": {"m": row}, "other": {}}}
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(document))
    assert read_baseline(path) == {"cortex-m4f": {"m": MeasuredNumbers(3, 2, 1)}}


@pytest.mark.parametrize("text", [None, "", "{"])
def test_no_baseline_is_an_empty_one(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    if text is not None:
        path.write_text(text)
    assert read_baseline(path) == {}
