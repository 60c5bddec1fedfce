from dataclasses import replace

from builds.bench.limits import MeasuredNumbers
from builds.bench.measure import BenchRow
from builds.bench.table import misses, render, steps_back

ROW = BenchRow(
    target="cortex-m4f",
    model="kws_ref_model",
    numbers=MeasuredNumbers(32_000, 8_600, 5_300_000),
    macs=2_650_000,
    bound_bytes=8_520,
    stack_bytes=176,
    equal=True,
    difference=None,
    build_seconds=0.84,
    prove_seconds=2.06,
)
BASELINE = {"cortex-m4f": {"kws_ref_model": MeasuredNumbers(64_000, 17_200, 10_600_000)}}


def test_a_line_holds_ours_the_limit_and_the_ratio() -> None:
    head, line = render([ROW], BASELINE).splitlines()
    cells = line.split()
    assert head.split()[:2] == ["target", "model"]
    assert cells[:5] == ["cortex-m4f", "kws_ref_model", "32,000", "40,000", "2.00x"]
    assert cells[5:10] == ["8,600", "9,000", "8,520", "2.00x", "176"]
    assert cells[10:] == ["5,300,000", "5,400,000", "2.00x", "2.00", "yes", "0.8", "2.1"]


def test_without_a_baseline_ratios_are_dashes() -> None:
    assert render([ROW], {}).splitlines()[1].split()[4] == "-"


def test_columns_stand_under_one_another() -> None:
    other = replace(ROW, model="ad01_int8", numbers=MeasuredNumbers(1, None, None))
    lines = render([ROW, other], BASELINE).splitlines()
    assert (
        len({line.index(name) for line, name in zip(lines[1:], ("kws", "ad01"), strict=True)}) == 1
    )


def test_an_unknown_count_has_no_ratio_to_macs() -> None:
    assert replace(ROW, numbers=MeasuredNumbers(1, 1, None)).per_mac is None
    assert ROW.per_mac == 2.0


def test_a_row_within_its_limits_is_no_miss() -> None:
    assert misses([ROW]) == []


def test_a_broken_limit_is_one_sentence() -> None:
    slow = replace(ROW, numbers=MeasuredNumbers(32_000, 8_600, 5_400_001))
    assert misses([slow]) == ["kws_ref_model on cortex-m4f: instructions is 5400001, limit 5400000"]


def test_a_build_that_is_not_equal_is_a_miss_whatever_its_numbers() -> None:
    (sentence,) = misses([replace(ROW, equal=False, difference="vector 0 differs")])
    assert sentence.endswith("vector 0 differs")
    assert "one is missing" in misses([replace(ROW, equal=False)])[0]


def test_a_step_back_names_the_number_and_what_it_was() -> None:
    (sentence,) = steps_back([replace(ROW, numbers=MeasuredNumbers(1, 1, 5_300_000))])
    assert sentence.startswith("kws_ref_model on cortex-m4f was better before: instructions is 53")
    assert steps_back([replace(ROW, numbers=MeasuredNumbers(1, 1, 1))]) == []
    assert steps_back([replace(ROW, target="elsewhere")]) == []
