from typing import Any

import pytest

from builds.compiler.errors import Unsupported
from builds.models import Artifact, Build
from builds.pipeline.stages.work import Work
from builds.services import build_request
from fleet.lib.errors import Conflict, FleetError, Refused, Unavailable
from fleet.lib.jobs import JobState
from registry.blobs import BlobDamaged
from registry.models import Blob
from registry.services import version_reject
from tests import personas
from tests.builds import makers
from tests.simulators.toolchain import Hook, SimulatedTools

pytestmark = pytest.mark.django_db


def raising(error: Exception) -> Hook:
    def fail(work: Work) -> None:
        raise error

    return fail


def ended(tools: SimulatedTools) -> Build:
    build = makers.run(makers.request(makers.version()), tools)
    assert not Artifact.objects.exists()
    assert build.report is None
    return build


def test_an_op_that_is_not_supported_refuses_the_build() -> None:
    blobs = Blob.objects.count()
    error = Unsupported("operator 3, LSTM, is not supported: use a convolution")
    build = ended(SimulatedTools(before={"compile": raising(error)}))
    assert build.state == JobState.REFUSED
    assert build.failure == "Operator 3, LSTM, is not supported: use a convolution."
    assert Blob.objects.count() == blobs + 1  # the version's own


def test_too_much_flash_refuses_the_build() -> None:
    build = ended(SimulatedTools(weights_bytes=9_000_000))
    assert build.state == JobState.REFUSED
    assert build.failure.startswith("The model needs 9,002,000 bytes of flash, and cortex-m4f ")


def test_too_much_ram_refuses_the_build_before_its_proof() -> None:
    tools = SimulatedTools(arena_bytes=9_000_000)
    build = ended(tools)
    assert build.failure.startswith("The model needs 9,000,008 bytes of RAM, and cortex-m4f ")
    assert "prove" not in tools.calls


def test_the_stack_counts_once_it_is_known() -> None:
    build = ended(SimulatedTools(stack_bytes=9_000_000))
    assert build.state == JobState.REFUSED
    assert "bytes of RAM with its stack" in build.failure


def test_code_that_is_not_equal_fails_the_build() -> None:
    build = ended(SimulatedTools(equal=False))
    assert build.state == JobState.FAILED
    assert build.failure == (
        "The generated code is not proved equal to the reference: vector 3, output 0: 1 and 2."
    )


def test_a_bug_of_ours_fails_the_build_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    build = ended(SimulatedTools(before={"link": raising(ZeroDivisionError("division by 0"))}))
    assert (build.state, build.failure) == (JobState.FAILED, "Division by 0.")
    assert "ZeroDivisionError" in caplog.text


def test_an_error_without_words_still_gives_a_sentence() -> None:
    build = ended(SimulatedTools(before={"link": raising(KeyError())}))
    assert build.failure == "The build stopped by KeyError."


def test_damage_on_our_side_is_no_fault_of_the_model() -> None:
    damaged = BlobDamaged("Blob 12 is damaged in storage.")
    build = ended(SimulatedTools(before={"compile": raising(damaged)}))
    assert (build.state, build.failure) == (JobState.FAILED, damaged.message)


def test_what_may_pass_is_tried_again() -> None:
    tools = SimulatedTools(before={"package": raising(Unavailable("The signer is away."))})
    build = makers.run(makers.request(makers.version()), tools)
    assert (build.state, build.last_error) == (JobState.QUEUED, "The signer is away.")
    assert makers.run(build).state == JobState.SUCCEEDED
    assert build.attempt == 2


def test_a_version_that_is_not_admitted_is_not_built() -> None:
    pending = makers.pending_version()
    with pytest.raises(Conflict, match=r"Version 1\.0 of digits is pending: only admitted"):
        makers.request(pending)
    version_reject(version=pending, reasons=["No."], by=personas.SYSTEM)
    with pytest.raises(Conflict, match="is rejected"):
        makers.request(pending)
    assert not Build.objects.exists()


@pytest.mark.parametrize("targets", [["abacus"], ["cortex-m4f", "abacus"], "abacus"])
def test_an_unknown_target_is_told_the_known_ones(targets: list[str] | str) -> None:
    version = makers.version()
    with pytest.raises(Refused, match=r"There is no target 'abacus'; .*cortex-m4f.*rv32imc"):
        build_request(version=version, targets=targets, by=personas.SYSTEM)
    assert not Build.objects.exists()


def test_no_target_at_all_is_refused() -> None:
    with pytest.raises(Refused, match="at least one"):
        build_request(version=makers.version(), targets=[], by=personas.SYSTEM)


def test_of_several_targets_all_are_built_or_none() -> None:
    version = makers.version()
    makers.request(version, "rv32imc")
    with pytest.raises(FleetError):
        build_request(version=version, targets=["cortex-m4f", "rv32imc"], by=personas.SYSTEM)
    assert Build.objects.count() == 1


def test_all_means_every_target() -> None:
    from builds.targets import target_names

    made = build_request(version=makers.version(), targets="all", by=personas.SYSTEM)
    assert [item.build.target for item in made] == list(target_names())
    assert len({item.build.cache_key for item in made}) == len(made)


def test_what_real_numbers_have_against_tflm_refuses_the_build_before_it_is_packed() -> None:
    tools = SimulatedTools(objects="RELU6 (operator 3) is off by 131 steps; choose an arithmetic.")
    build = ended(tools)
    assert build.state == JobState.REFUSED
    assert build.failure == "RELU6 (operator 3) is off by 131 steps; choose an arithmetic."
    assert "package" not in tools.calls


@pytest.mark.parametrize(
    "word", [{"arithmetic": "exact"}, {"optimise": "fast"}, {"weights": "far"}]
)
def test_an_unknown_word_of_a_recipe_is_refused_at_once(word: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="is not one of"):
        build_request(version=makers.version(), targets=["cortex-m4f"], by=personas.SYSTEM, **word)
    assert not Build.objects.exists()
