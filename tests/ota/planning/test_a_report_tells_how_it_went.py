"""A report: outcomes with causes, waves with times, gates, and who decided what."""

from typing import Any

import pytest

from ota import services
from ota.models import GateResult, Rollout
from ota.planning import report as reports
from ota.planning.report import report_of
from tests import personas
from tests.ota import makers
from tests.simulators.fleet import FleetSimulator

pytestmark = pytest.mark.django_db
HALVES: dict[str, Any] = {
    "waves": [{"share_percent": 50}, {"share_percent": 100}],
    "success_percent": 50,
}


def ended(**overrides: Any) -> Rollout:
    devices = makers.devices(4)
    rollout = makers.rollout(makers.release(), makers.group(devices), failures=[], **overrides)
    fleet = FleetSimulator(devices)
    first = rollout.assignments.filter(wave__index=0).first()
    assert first is not None
    fleet.fail(first.device.controller_id, trouble="verify")
    fleet.run(rollout)
    return rollout


def test_a_finished_rollout_is_told_whole() -> None:
    rollout = ended(**HALVES)
    report = report_of(rollout)
    assert (
        report.sentence
        == "3 of 4 devices took the release; the rollout is done: every wave passed."
    )
    assert (report.counts, report.causes) == ({"failed": 1, "succeeded": 3}, {"verify": 1})
    assert [wave.wave.state for wave in report.waves] == ["passed", "passed"]
    assert all(wave.seconds is not None and wave.seconds >= 0 for wave in report.waves)
    assert report.seconds is not None
    assert report.seconds > 0
    bad, *good = report.devices
    assert (bad.part.cause, bad.back) == ("verify", None)
    assert [each.part.state for each in good] == ["succeeded"] * 3
    assert [approval.label for approval in report.approvals] == ["ben"]
    assert [event.step for event in report.decisions] == ["start"]


def test_the_way_back_and_the_gates_are_in_it() -> None:
    rollout = ended(**HALVES)
    wave = rollout.waves.get(index=0)
    GateResult.objects.create(
        rollout=rollout, wave=wave, gate="telemetry", verdict="fail", sentence="worse"
    )
    services.rollout_roll_back(by=personas.SYSTEM, rollout=rollout, reason="it was worse")
    services.rollout_tick(rollout.pk)
    shown = personas.client("viewer").get(f"/api/v1/rollouts/{rollout.public_id}/report/").json()
    assert [(gate["wave"], gate["verdict"]) for gate in shown["gates"]] == [(0, "fail")]
    assert [each["text"] for each in shown["decisions"]][-1] == "it was worse"
    assert shown["rollout"]["state"] == "rolled_back"
    assert len(shown["devices"]) == 4


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rollout = makers.rollout(makers.release(), makers.group(makers.devices(4)))
    rollout.assignments.filter(position__lt=3).update(state="succeeded")
    monkeypatch.setattr(reports, "DEVICES_MAX", 2)
    report = report_of(rollout)
    assert (len(report.devices), report.devices_left_out) == (2, 2)
    assert report.devices[0].part.state == "planned"
