"""By what the build of a new version differs from the one before: code, weights, or nothing."""

import pytest

from builds import selectors
from builds.models import Build
from builds.pipeline.run import build_run
from fleet.lib.jobs import JobState
from tests.builds import makers
from tests.registry import factories
from tests.simulators.toolchain import SimulatedTools, made_here

pytestmark = pytest.mark.django_db


def built(label: str, size: int, target: str = "cortex-m4f", salt: str = "") -> Build:
    version = makers.version(factories.tflite_bytes(size), label)
    build = makers.request(version, target)
    build_run(build_id=build.pk, maker=made_here(SimulatedTools(salt=salt)))
    build.refresh_from_db()
    assert build.state == JobState.SUCCEEDED, build.failure
    return build


def test_the_build_before_is_of_an_earlier_version_for_the_same_target() -> None:
    first, other = built("1.0", 2), built("1.1", 3, target="cortex-m0plus")
    second = built("1.2", 4)
    assert selectors.build_before(second) == first
    assert selectors.build_before(first) is None
    assert selectors.build_before(other) is None


def test_equal_digests_change_nothing() -> None:
    assert selectors.build_change(built("1.0", 2), built("1.1", 3)) == "identical"


def test_other_digests_change_the_code() -> None:
    first, second = built("1.0", 2), built("1.1", 3, salt="new")
    assert selectors.build_change(second, first) == "code and weights"


def test_other_weights_under_the_same_code_are_told() -> None:
    first, second = built("1.0", 2), built("1.1", 3)
    assert second.report is not None
    second.report["sections"]["weights_sha256"] = "0" * 64
    assert selectors.build_change(second, first) == "weights only"


def test_a_build_without_a_report_tells_nothing() -> None:
    first, second = built("1.0", 2), built("1.1", 3)
    second.report = None
    assert selectors.build_change(second, first) is None
