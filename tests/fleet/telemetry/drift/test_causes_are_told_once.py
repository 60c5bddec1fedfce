"""A drift becomes one cause at the level that explains it."""

from dataclasses import replace

import pytest

from fleet.telemetry.drift.causes import Level, assess
from fleet.telemetry.drift.defaults import DEFAULTS
from tests.fleet.telemetry.drift.fleets import LABELS, fleet

LOT_B7 = ("dev00", "dev01", "dev02")


def test_a_bad_lot_is_named_instead_of_its_devices() -> None:
    found = assess(fleet(LOT_B7))
    assert [(cause.level, cause.name) for cause in found.causes] == [(Level.LABEL, "lot=B7")]
    assert found.causes[0].devices == LOT_B7
    assert found.drifted_devices == LOT_B7


def test_the_cause_carries_its_proof() -> None:
    cause = assess(fleet(LOT_B7)).causes[0]
    assert cause.enrichment is not None
    assert (cause.enrichment.drifted, cause.enrichment.members) == (3, 3)
    assert cause.judged.drifted[0].comparison.name == "mean"
    assert cause.judged.samples == 900


def test_two_devices_of_eight_are_enough_to_name_their_lot() -> None:
    labels = {name: values for name, values in LABELS.items() if name not in {"dev02", "dev09"}}
    found = assess(fleet(LOT_B7, labels=labels))
    assert [cause.name for cause in found.causes] == ["lot=B7"]


def test_all_devices_drifted_is_the_versions_cause() -> None:
    found = assess(fleet(LABELS))
    assert [(cause.level, cause.name) for cause in found.causes] == [(Level.VERSION, "version")]


def test_one_device_stays_one_device() -> None:
    found = assess(fleet(["dev04"]))
    assert [(cause.level, cause.name) for cause in found.causes] == [(Level.DEVICE, "dev04")]


def test_one_device_of_a_lot_does_not_blame_the_lot() -> None:
    found = assess(fleet(["dev01"]))
    assert [cause.level for cause in found.causes] == [Level.DEVICE]


def test_two_bad_lots_are_two_causes() -> None:
    labels = {f"d{i}": {"lot": ("A1", "A2", "B7", "C3")[i % 4]} for i in range(12)}
    bad = [name for name, values in labels.items() if values["lot"] in {"B7", "C3"}]
    found = assess(fleet(bad, labels=labels))
    assert sorted(cause.name for cause in found.causes) == ["lot=B7", "lot=C3"]


def test_a_lot_and_a_lone_device_are_both_told() -> None:
    found = assess(fleet([*LOT_B7, "dev07"]))
    assert sorted(cause.name for cause in found.causes) == ["dev07", "lot=B7"]


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_fleet_has_no_cause(seed: int) -> None:
    assert assess(fleet(seed=seed)).causes == ()


def test_too_few_samples_say_nothing() -> None:
    found = assess(fleet(LOT_B7, samples=15))
    assert found.causes == ()
    assert found.judged_devices == 0


def test_many_quiet_devices_are_judged_together() -> None:
    found = assess(fleet(LABELS, samples=60, limits=replace(DEFAULTS, min_device_samples=100)))
    assert [cause.level for cause in found.causes] == [Level.VERSION]


def test_quiet_devices_of_a_lot_still_name_it() -> None:
    limits = replace(DEFAULTS, min_device_samples=100)
    labels = {f"d{i:02}": {"lot": "B7" if i < 4 else "A1"} for i in range(16)}
    bad = [name for name, values in labels.items() if values["lot"] == "B7"]
    found = assess(fleet(bad, samples=80, labels=labels, limits=limits))
    assert [cause.name for cause in found.causes] == ["lot=B7"]


def test_no_devices_no_answer() -> None:
    found = assess(fleet(labels={}))
    assert (found.causes, found.version) == ((), None)
