"""A reader that ends without a report, by no limit of ours, is our failure: it is tried again."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from builds.jailed import running
from builds.jailed.ending import RESULT
from builds.models import Probe
from builds.sources.admission.admit import admission_run
from builds.sweep import builds_sweep
from fleet.lib import clock
from fleet.lib.errors import Unavailable
from fleet.lib.jail import Ending, JailResult, Mode
from fleet.lib.jobs import JobState
from registry.models import ModelVersion
from tests.builds import makers

pytestmark = pytest.mark.django_db
ACCIDENTS = [Ending.SIGNALLED, Ending.LOST, Ending.EXITED, Ending.SETUP]
LIMITS = [Ending.DEADLINE, Ending.MEMORY, Ending.WRITTEN, Ending.PROCESSES]


def ends(monkeypatch: pytest.MonkeyPatch, ending: Ending, report: bytes | None = None) -> None:
    """The reader's jail ends so, having left this report."""

    def run(argv: Any, *, workdir: Path, **_: Any) -> JailResult:
        if report is not None:
            (workdir / RESULT).write_bytes(report)
        return JailResult(ending, 0 if report is not None else -9, "", "", 0.1, 0, Mode.NAMESPACES)

    monkeypatch.setattr(running, "run_jailed", run)


def after(version: ModelVersion, tries: int = 1) -> tuple[str, str, int]:
    for _ in range(tries):
        admission_run(probe_id=version.probe.pk)
    version.refresh_from_db()
    row = Probe.objects.get(version=version)
    return version.state, row.state, row.attempt


@pytest.mark.parametrize("ending", ACCIDENTS)
def test_an_accident_leaves_the_version_waiting(
    ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, ending)
    version = makers.pending_version()
    assert after(version)[:2] == ("pending", JobState.QUEUED)
    assert Probe.objects.get(version=version).last_error


def test_after_an_accident_a_sound_report_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ends(monkeypatch, Ending.SIGNALLED)
    version = makers.pending_version()
    after(version)
    ends(
        monkeypatch,
        Ending.EXITED,
        json.dumps({"ended": "made", "io_schema": makers.IO_SCHEMA, "ops": {}}).encode(),
    )
    assert after(version)[0] == "admitted"


@pytest.mark.parametrize("ending", LIMITS)
def test_a_limit_that_is_known_rejects_with_its_name(
    ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, ending)
    version = makers.pending_version()
    assert after(version)[:2] == ("rejected", JobState.SUCCEEDED)
    assert re.match(r"The model (needs more than|was not done within) ", version.reasons[0])


@pytest.mark.parametrize("report", [b"", b"{", b"[]", b"[" * 100_000, b"\xff"])
def test_half_a_report_is_none(report: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ends(monkeypatch, Ending.EXITED, report)
    assert after(makers.pending_version())[0] == "pending"


def test_where_no_reader_starts_the_version_waits_however_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends(monkeypatch, Ending.SETUP)
    version = makers.pending_version()
    assert after(version, tries=9) == ("pending", JobState.QUEUED, 0)

    def away(*_: Any, **__: Any) -> JailResult:
        raise Unavailable("This machine has no jail.")

    monkeypatch.setattr(running, "run_jailed", away)
    assert after(version, tries=9) == ("pending", JobState.QUEUED, 0)
    builds_sweep()
    assert after(version, tries=0)[0] == "pending"


def test_a_file_that_ends_every_reader_is_rejected_in_the_end(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    ends(monkeypatch, Ending.SIGNALLED)
    version = makers.pending_version()
    assert after(version, tries=settings.EDGEFLEET_BUILD_ATTEMPTS)[0] == "pending"
    with clock.fixed(clock.now()):
        builds_sweep()
    version.refresh_from_db()
    assert version.state == "rejected"
    assert version.reasons == ["Reading this file ended the worker every time."]
