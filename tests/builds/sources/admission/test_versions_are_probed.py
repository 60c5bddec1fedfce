from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app

from builds.models import Probe
from builds.sources.admission.admit import admission_run
from builds.sweep import builds_sweep
from fleet.lib import clock
from fleet.lib.jobs import JobState, claim
from registry.models import ModelVersion
from tests.builds import makers

HELLO = Path(__file__).parents[5] / "shared" / "models" / "hello_world_int8.tflite"
needs_models = pytest.mark.skipif(
    not HELLO.exists(), reason="the shared models are not beside the project"
)
pytestmark = pytest.mark.django_db


def probed(content: bytes) -> ModelVersion:
    version = makers.pending_version(content)
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    return version


def test_a_push_asks_for_a_probe_by_name(monkeypatch, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    sent = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args: sent.append((name, args)), raising=False
    )
    with django_capture_on_commit_callbacks(execute=True):
        version = makers.pending_version()
    assert sent == [("builds.tasks.version_probe", [version.probe.pk])]


@needs_models
def test_a_sound_model_is_admitted_with_what_its_file_says() -> None:
    version = probed(HELLO.read_bytes())
    assert (version.state, version.reasons) == ("admitted", [])
    assert version.io_schema["inputs"][0]["shape"] == [1, 1]
    assert version.io_schema["inputs"][0]["dtype"] == "int8"
    assert version.ops == {"FULLY_CONNECTED": 3}
    assert version.probe.state == JobState.SUCCEEDED


def test_a_file_that_no_target_can_run_is_rejected_with_a_sentence() -> None:
    version = probed(makers.FAKE_TFLITE)
    assert version.state == "rejected"
    assert len(version.reasons) == 1
    assert len(version.reasons[0]) > 20
    assert version.ops == {}


def test_a_decided_version_is_left_alone() -> None:
    version = probed(makers.FAKE_TFLITE)
    before = (version.reasons, version.decided_at)
    admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    assert (version.reasons, version.decided_at) == before


def test_a_probe_that_is_gone_is_no_error() -> None:
    admission_run(probe_id=0)
    assert not Probe.objects.exists()


def test_a_file_that_kills_every_reader_is_rejected_for_that() -> None:
    version = makers.pending_version()
    row = Probe.objects.filter(version=version)
    now = clock.now()
    for number in range(3):
        later = now + number * timedelta(hours=1)
        assert claim(row, worker="dies", now=later, lease_seconds=60, attempts=3)
    with clock.fixed(now + timedelta(hours=9)):
        builds_sweep()
    version.refresh_from_db()
    assert version.state == "rejected"
    assert version.reasons == ["Reading this file ended the worker every time."]
