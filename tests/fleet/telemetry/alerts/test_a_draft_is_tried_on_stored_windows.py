"""The back-test: the shipped judgement over rollups, with a device whose sensor moved."""

from datetime import timedelta
from typing import Any

import pytest

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import Refused
from fleet.telemetry.alerts import rules
from fleet.telemetry.ingest.clock import bucket
from fleet.telemetry.judgement.limits import DEVICE_BUDGET
from fleet.telemetry.models import BacktestRun, Incident, Rollup, TelemetrySchema
from tests.fleet.telemetry.alerts.factories import windows_of_a_harmed_device
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db
HOURS = 60
HARM = 40  # the hour from which one device's input has moved


@pytest.fixture
def schema() -> TelemetrySchema:
    return windows_of_a_harmed_device(HOURS, HARM)


def tried(**terms: Any) -> dict[str, Any]:
    run = rules.backtest_start(terms=terms, by=SYSTEM)
    assert run.state == "succeeded", run.last_error
    assert run.result is not None
    return dict(run.result)


def test_it_tells_the_device_that_moved_and_when(schema: TelemetrySchema) -> None:
    found = tried()
    assert found["devices"] == 12
    assert found["told_count"] == 1
    (told,) = found["told"]
    assert (told["level"], told["test"], told["device_count"]) == ("device", "shift", 1)
    assert "mean" in told["signals"]
    assert told["samples"] > 60
    begins = bucket(clock.now(), 3600) - timedelta(hours=HOURS - HARM)
    assert begins.isoformat() < told["at"] <= (begins + timedelta(hours=4)).isoformat()
    rate = found["false_alarms_a_month"]
    assert rate["low"] == 0
    assert rate["low"] < rate["expected"] < rate["high"]
    assert rate["promised"] == pytest.approx(12 * DEVICE_BUDGET)


def test_silence_is_found_where_the_device_was_heard_last(schema: TelemetrySchema) -> None:
    keys = sorted({each.key for each in Rollup.objects.all()})
    since = bucket(clock.now(), 3600) - timedelta(hours=30)
    quiet = Rollup.objects.filter(key__in=keys[:2], bucket_at__gte=since)
    Device.objects.filter(public_id=keys[1]).update(state="decommissioned")
    quiet.delete()
    (told,) = tried(tests=["silence"])["told"]
    assert (told["cause"], told["level"]) == (f"{keys[0]} silent", "device")
    assert told["at"] == (since + timedelta(hours=24)).isoformat()
    assert tried(tests=["shift"])["kept"][-1]["because"] == "the test silence"


def test_nothing_is_written_but_the_run(schema: TelemetrySchema) -> None:
    tried()
    assert not Incident.objects.exists()
    assert BacktestRun.objects.count() == 1


def test_a_field_that_does_not_fit_keeps_it_back_with_the_reason(schema: TelemetrySchema) -> None:
    found = tried(quorum_devices=2)
    assert found["told"] == []
    assert found["kept"][0]["because"] == "1 of 2 devices"
    assert tried(smallest_change=50)["kept"][0]["because"] == "a smaller change"
    assert tried(labels="site=lyon")["kept"][0]["because"] == "devices out of its scope"


def test_what_people_said_of_the_incident_counts(schema: TelemetrySchema) -> None:
    (told,) = tried()["told"]
    incident = Incident.objects.create(
        version=schema.version,
        level="device",
        cause=told["cause"],
        severity="warning",
        evidence={"devices": told["devices"]},
        since=told["since"],
        last_seen_at=clock.now(),
    )
    for outcome, wrong in (("real", 0), ("false_alarm", 1)):
        Incident.objects.filter(pk=incident.pk).update(outcome=outcome)
        rate = tried()["false_alarms_a_month"]
        assert (rate["called_false"], rate["not_judged"]) == (wrong, 0)
        assert (rate["expected"] > 0) == bool(wrong)


def test_another_model_s_rule_has_nothing_to_look_at(schema: TelemetrySchema) -> None:
    found = tried(models=["another"])
    assert found["told"] == []
    assert found["false_alarms_a_month"] is None
    assert "has reported" in found["notes"][0]


def test_less_than_a_day_says_what_is_needed(schema: TelemetrySchema) -> None:
    since = bucket(clock.now(), 3600) - timedelta(hours=10)
    Rollup.objects.filter(bucket_at__lt=since).delete()
    assert "nothing can be judged before 24 hours" in tried()["notes"][0]


def test_a_large_one_waits_for_a_worker(schema: TelemetrySchema, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "INLINE_MAX", 10)
    run = rules.backtest_start(terms={}, by=SYSTEM)
    assert run.state == "queued"
    rules.backtest_run(run.pk)
    rules.backtest_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("succeeded", 1)


def test_one_that_is_too_large_is_refused(schema: TelemetrySchema, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "BACKTEST_MAX", 10)
    with pytest.raises(Refused, match="name the models"):
        rules.backtest_start(terms={}, by=SYSTEM)


def test_the_live_judgement_and_the_back_test_are_one_code(schema: TelemetrySchema) -> None:
    from fleet.telemetry import selectors
    from fleet.telemetry.monitor.thresholds import limits
    from fleet.telemetry.monitor.watching import watched

    keys = sorted({each.key for each in Rollup.objects.all()})
    live = watched(schema, selectors.device_labels(keys), limits())
    assert set(live.devices) == {told["cause"] for told in tried()["told"]}
