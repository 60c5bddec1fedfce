import re

import pytest

from builds.choices import ArtifactKind, KeyRole, Stage
from builds.keyring import verifying_keys
from builds.models import Build
from builds.pipeline.provenance import FILENAME
from builds.pipeline.run import build_run
from builds.signing import open_envelope
from device_agent.protocol.instruction import ARTIFACT_TYPE, parse_statement
from fleet.access.models import AuditEntry
from fleet.lib.jobs import JobState
from registry import blobs
from tests.builds import makers
from tests.simulators.toolchain import SimulatedTools, made_here

pytestmark = pytest.mark.django_db


def test_it_succeeds_with_a_report_and_files() -> None:
    build = makers.built()
    assert (build.state, build.failure, build.attempt) == (JobState.SUCCEEDED, "", 1)
    assert build.stage == Stage.STORE
    assert build.finished_at is not None
    assert build.lease_until is None
    names = set(build.artifacts.values_list("filename", flat=True))
    assert names == {"model.cc", "installed.bin", "report.json", FILENAME}


def test_its_log_has_a_line_for_each_stage_in_order() -> None:
    steps = makers.built().steps.all()
    assert [step.stage for step in steps] == list(Stage)
    texts = {step.stage: step.text for step in steps}
    assert texts["compile"] == "3 operations, 321 MACs"
    assert texts["prove"] == "16 vectors equal in tflm, host"
    assert re.fullmatch(r"[\d,]+ B", texts["store"])
    assert {step.worker for step in steps} == {"here:1"}


def test_the_report_says_what_it_costs_and_what_proves_it() -> None:
    report = makers.built().report
    assert report is not None
    assert report["flash_bytes"] == {"code": 2000, "weights": 1000, "total": 3000}
    assert report["ram_bytes"] == {"arena": 512, "state": 8, "stack": 100, "total": 620}
    assert report["instructions"] == 1234
    assert report["proof"]["equal"]
    assert report["proof"]["engines"]["emulator"] is None
    assert report["proof"]["reasons"] == {"emulator": "there is none"}
    assert report["accuracy"] == {"float": 0.98, "int8": 0.97}
    assert len(report["schema_id"]) == 8
    assert report["recorder"]["ram_bytes"] > 100
    assert report["plan"]["lower_bound_bytes"] == 500
    assert [block["name"] for block in report["memory"]] == ["in"]
    assert report["files"]["model.cc"]["size_bytes"] > 0
    assert set(report["sections"]) == {"abi", "code_sha256", "weights_sha256", "weights_bytes"}


def test_its_progress_is_told_in_percent() -> None:
    build = makers.request(makers.version())
    seen = []
    hooks = {
        tool: lambda work: seen.append(Build.objects.get(pk=build.pk).progress_percent)
        for tool in ("compile", "link", "prove", "package")
    }
    assert build.progress_percent == 0
    assert makers.run(build, SimulatedTools(before=hooks)).progress_percent == 100
    assert seen == [12, 25, 50, 62]


def test_each_file_is_stored_and_signed_for_what_it_is() -> None:
    build = makers.built()
    keys = verifying_keys(KeyRole.ARTIFACTS)
    for artifact in build.artifacts.all():
        data = blobs.read(artifact.sha256)
        assert len(data) == artifact.size_bytes
        payload = open_envelope(artifact.signature, ARTIFACT_TYPE, keys)
        said = parse_statement(payload)
        assert (said.sha256, said.length) == (artifact.sha256, artifact.size_bytes)
        assert (said.kind, said.model, said.version) == (artifact.kind, "digits", "1.0")
        assert said.target == "cortex-m4f"
        assert artifact.key_id == keys[0].keyid


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("cortex-m0plus", ArtifactKind.IMAGE),
        ("linux-x86_64", ArtifactKind.BUNDLE),
        ("wasm32", ArtifactKind.LIBRARY),
    ],
)
def test_a_device_installs_what_its_kind_of_target_takes(target: str, kind: ArtifactKind) -> None:
    from builds import selectors

    build = makers.built(target)
    found = selectors.artifact_for(build.version, target)
    assert found is not None
    assert (found.kind, found.build_id) == (kind, build.pk)
    assert selectors.artifact_for(build.version, "rv32imc") is None
    assert selectors.artifact_for(build.version, "abacus") is None


def test_its_end_is_in_the_audit_log_with_the_digests() -> None:
    build = makers.built()
    entry = AuditEntry.objects.get(action="builds.build_finish", subject=build.public_id)
    assert entry.detail == dict(build.artifacts.values_list("filename", "sha256"))


def test_nothing_is_left_in_the_scratch_folder(settings) -> None:  # type: ignore[no-untyped-def]
    makers.built()
    assert [p.name for p in settings.EDGEFLEET_WORK_DIR.glob("build-*")] == []


def test_a_finished_build_is_not_run_again() -> None:
    build, tools = makers.built(), SimulatedTools()
    makers.run(build, tools)
    assert tools.calls == []


def test_a_build_that_is_gone_is_no_error() -> None:
    build_run(build_id=0, maker=made_here(SimulatedTools()))
    assert not Build.objects.exists()
