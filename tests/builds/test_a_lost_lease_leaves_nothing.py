from datetime import timedelta

import pytest

from builds.models import Artifact, Build, BuildStep
from builds.pipeline.stages.work import Work
from fleet.lib import clock
from fleet.lib.jobs import JobState, claim
from tests.builds import makers
from tests.simulators.toolchain import SimulatedTools

pytestmark = pytest.mark.django_db


def taken_over(build: Build) -> SimulatedTools:
    """Tools during whose proof the lease ends and another worker claims the build."""

    def steal(work: Work) -> None:
        row = Build.objects.filter(pk=build.pk)
        late = clock.now() + timedelta(hours=1)
        assert claim(row, worker="b", now=late, lease_seconds=60, attempts=9) == 2

    return SimulatedTools(before={"prove": steal})


def test_the_old_worker_stops_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    build = makers.request(makers.version())
    tools = taken_over(build)
    build = makers.run(build, tools)
    assert (build.state, build.worker, build.fence) == (JobState.RUNNING, "b", 2)
    assert "package" not in tools.calls
    assert not Artifact.objects.exists()
    assert "was taken over" in caplog.text


def test_the_new_worker_finishes_and_both_attempts_are_logged() -> None:
    build = makers.request(makers.version())
    makers.run(build, taken_over(build))
    Build.objects.filter(pk=build.pk).update(lease_until=clock.now())
    build = makers.run(build, worker="c")
    assert (build.state, build.worker, build.attempt) == (JobState.SUCCEEDED, "c", 3)
    assert build.artifacts.count() == 4
    assert set(BuildStep.objects.values_list("attempt", flat=True)) == {1, 3}
