"""The labels gate, from stored labels of updated and of other devices."""

from typing import Any

import pytest

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.verdict import Verdict
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.models import LabelledCount
from ota import services
from ota.engine.states import AssignmentState, Gate
from ota.models import Assignment, Rollout, Wave
from ota.rollouts.gates import GATES, GateAnswer
from registry.models import ModelVersion
from tests.ota import makers

pytestmark = pytest.mark.django_db


def labelled(version: ModelVersion, units: list[Device], share: float) -> None:
    LabelledCount.objects.bulk_create(
        LabelledCount(
            version=version,
            device=unit,
            bucket_at=bucket(clock.now(), 5),
            joined_by="window",
            labelled=5000,
            correct=round(5000 * share),
        )
        for unit in units
    )


@pytest.fixture
def field() -> tuple[Rollout, list[Device], ModelVersion]:
    """Ten devices, of which half run the release of the first wave."""
    units = makers.devices(10)
    old = makers.version("1.0", targets=())
    policy: dict[str, Any] = {
        "waves": [{"share_percent": 50}, {"share_percent": 100}],
        "gates": ["labels"],
        "labels_margin_points": 3,
    }
    rollout = makers.rollout(makers.release("2.0"), makers.group(units), **policy)
    services.rollout_tick(rollout.pk)
    Wave.objects.filter(rollout=rollout).update(opened_at=bucket(clock.now(), 5))
    return rollout, units, old


def asked(rollout: Rollout) -> GateAnswer:
    wave = rollout.waves.get(index=0)
    return GATES[Gate.LABELS](rollout, wave)


def updated(rollout: Rollout) -> list[Device]:
    rows = Assignment.objects.filter(rollout=rollout, wave__index=0)
    rows.update(state=AssignmentState.SUCCEEDED)
    return [row.device for row in rows.select_related("device")]


def test_before_anybody_runs_it_nothing_is_known(field: Any) -> None:
    assert asked(field[0]).sentence == "no device runs the release yet"


def test_without_labels_it_waits_and_says_for_what(field: Any) -> None:
    rollout, _, _ = field
    updated(rollout)
    answer = asked(rollout)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "0 labels of 0 updated devices arrived, 50 of 2 are needed" in answer.sentence


@pytest.mark.parametrize(("share", "verdict"), [(0.9, Verdict.PASS), (0.8, Verdict.FAIL)])
def test_labels_of_both_sides_decide(field: Any, share: float, verdict: Verdict) -> None:
    rollout, units, old = field
    new = updated(rollout)
    labelled(rollout.release.version, new, share)
    labelled(old, [unit for unit in units if unit not in new], 0.9)
    answer = asked(rollout)
    assert answer.verdict is verdict, answer.sentence
    assert answer.evidence["updated"]["devices"] == 5
