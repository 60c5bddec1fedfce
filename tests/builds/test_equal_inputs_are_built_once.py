import pytest
from django.db import IntegrityError, transaction

from builds.models import Build
from builds.pipeline.provenance import FILENAME
from builds.services import build_request
from fleet.lib.errors import Conflict
from fleet.lib.jobs import JobState
from tests import personas
from tests.builds import makers
from tests.simulators.toolchain import SimulatedTools

pytestmark = pytest.mark.django_db


def test_a_second_request_is_answered_by_the_first_build() -> None:
    build = makers.built()
    again = build_request(version=build.version, targets=["cortex-m4f"], by=personas.SYSTEM)
    assert [(item.build.pk, item.cached) for item in again] == [(build.pk, True)]
    assert Build.objects.count() == 1


def test_a_forced_build_gives_identical_bytes() -> None:
    first = makers.built()
    second = makers.run(makers.request(first.version, force=True))
    assert (second.state, second.forced) == (JobState.SUCCEEDED, True)
    files = [build.artifacts.exclude(filename=FILENAME) for build in (first, second)]
    digests = [dict(rows.values_list("filename", "sha256")) for rows in files]
    assert digests[0] == digests[1]
    assert first.report == second.report


def test_a_forced_build_with_other_bytes_fails_and_names_the_file() -> None:
    first = makers.built()
    second = makers.request(first.version, force=True)
    second = makers.run(second, SimulatedTools(salt="cosmic ray"))
    assert second.state == JobState.FAILED
    assert second.failure == (
        f"The same inputs gave other bytes than {first.public_id} in installed.bin, model.cc."
    )
    assert not second.artifacts.exists()


def test_a_double_submission_is_refused_with_the_running_build() -> None:
    build = makers.request(makers.version())
    with pytest.raises(Conflict, match=f"{build.public_id} already makes this") as refused:
        makers.request(build.version)
    assert refused.value.extra == {"build": build.public_id}
    assert Build.objects.count() == 1


def test_a_double_submission_that_passed_the_check_meets_the_constraint() -> None:
    build = makers.request(makers.version())
    twin = Build(
        version=build.version, target=build.target, recipe=build.recipe, cache_key=build.cache_key
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_failed_build_may_be_asked_for_again() -> None:
    build = makers.request(makers.version())
    makers.run(build, SimulatedTools(equal=False))
    assert makers.run(makers.request(build.version)).state == JobState.SUCCEEDED


@pytest.mark.parametrize(
    "options",
    [{"target": "rv32imc"}, {"optimise": "size"}, {"weights": "apart"}, {"arithmetic": "litert"}],
)
def test_another_target_or_recipe_is_another_build(options: dict[str, str]) -> None:
    first = makers.built()
    second = makers.request(first.version, **options)
    assert second.cache_key != first.cache_key


def test_another_firmware_key_is_another_build(settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from builds.models import SigningKey

    first = makers.built()
    SigningKey.objects.all().delete()
    settings.EDGEFLEET_KEY_DIR = tmp_path / "other"
    assert makers.request(first.version).cache_key != first.cache_key


def test_a_result_made_meanwhile_does_not_break_the_second() -> None:
    first = makers.built()
    late = Build.objects.create(
        version=first.version,
        target=first.target,
        recipe=first.recipe,
        cache_key=first.cache_key,
        requested_by="a race",
    )
    late = makers.run(late)
    assert (late.state, late.forced) == (JobState.SUCCEEDED, True)
