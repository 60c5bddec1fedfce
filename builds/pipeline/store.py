"""The last two stages: sign what was made, then write blobs, rows and the final state.

Guarantees: blobs are stored before the rows that name them; rows, report and state are one
transaction behind the fence, so a result is whole or absent; a forced build that differs from the
first in one byte fails and says where.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from builds import keyring
from builds.choices import ArtifactKind, KeyRole
from builds.models import Artifact, Build, Int8Model
from builds.pipeline.image import images_sign
from builds.pipeline.inputs import version_datasets
from builds.pipeline.provenance import provenance_output, statement
from builds.pipeline.report import report_document, report_output
from builds.pipeline.stages.made import Made
from builds.pipeline.stages.work import NotProved, Order, Output
from builds.signing import seal
from device_agent.protocol.instruction import ARTIFACT_TYPE, ArtifactStatement, dump_statement
from fleet.access import audit
from fleet.lib import clock
from fleet.lib.actor import system
from fleet.lib.hashing import sha256_hex
from fleet.lib.jobs import JobState, finish
from registry import blobs

# They name the engines that this machine has, and this very build: they may differ from another
# build's, what devices run may not.
TELLING = (ArtifactKind.REPORT, ArtifactKind.PROVENANCE)


@dataclass(frozen=True)
class Signed:
    """A file with its digest and the envelope over its statement."""

    output: Output
    sha256: str
    envelope: dict[str, Any]

    @property
    def key_id(self) -> str:
        """The key that signed."""
        return str(self.envelope["signatures"][0]["keyid"])


@dataclass(frozen=True)
class Finished:
    """All that a build leaves."""

    report: dict[str, Any]
    files: tuple[Signed, ...]


def outputs_sign(order: Order, made: Made, int8: Int8Model, build: Build) -> Finished:
    """Sign the images, write the report, say how all was made, and sign every file."""
    files = (*made.outputs, *images_sign(order, made))
    report = report_document(order, made, files, int8)
    outputs = (*files, report_output(report))
    signer = keyring.signer(KeyRole.ARTIFACTS)
    everything = (*outputs, _provenance(order, outputs, build))
    return Finished(report, tuple(_signed(order, output, signer) for output in everything))


def _provenance(order: Order, outputs: Sequence[Output], build: Build) -> Output:
    datasets = version_datasets(build.version)
    said = statement(
        order,
        {output.filename: sha256_hex(output.data) for output in outputs},
        build=build.public_id,
        sources={
            "model": build.version.blob_id,
            **{f"dataset {kind}": dataset.blob_id for kind, dataset in datasets.items()},
        },
    )
    return provenance_output(said, keyring.signer(KeyRole.BUILDER))


def _signed(order: Order, output: Output, signer: Any) -> Signed:
    digest = sha256_hex(output.data)
    statement = ArtifactStatement(
        sha256=digest,
        length=len(output.data),
        kind=output.kind.value,
        model=order.model,
        version=order.version,
        target=order.target.name,
    )
    return Signed(output, digest, seal(dump_statement(statement), ARTIFACT_TYPE, signer))


def result_store(build: Build, fence: int, int8: Int8Model, made: Finished) -> None:
    """Commit the result, unless the build was taken over."""
    _require_same_bytes(build, made)
    for signed in made.files:
        blobs.put_bytes(signed.output.data)
    with transaction.atomic():
        now = clock.now()
        finish(
            Build.objects.filter(pk=build.pk),
            fence=fence,
            state=JobState.SUCCEEDED,
            int8_model=int8,
            report=made.report,
            forced=build.forced or earlier_result(build) is not None,
            failure="",
            finished_at=now,
        )
        Artifact.objects.bulk_create([_artifact(build, signed) for signed in made.files])
        audit.record(
            by=system("builds"),
            action="builds.build_finish",
            subject=build.public_id,
            detail={signed.output.filename: signed.sha256 for signed in made.files},
        )


def earlier_result(build: Build) -> Build | None:
    """The build whose result the cache serves for these inputs."""
    results = Build.objects.filter(
        cache_key=build.cache_key, state=JobState.SUCCEEDED, forced=False
    )
    return results.exclude(pk=build.pk).first()


def _require_same_bytes(build: Build, made: Finished) -> None:
    earlier = earlier_result(build)
    if earlier is None:
        return
    kept = earlier.artifacts.exclude(kind__in=TELLING)
    before = dict(kept.values_list("filename", "sha256"))
    after = {
        signed.output.filename: signed.sha256
        for signed in made.files
        if signed.output.kind not in TELLING
    }
    if before != after:
        differing = sorted(
            name for name in before.keys() | after if before.get(name) != after.get(name)
        )
        raise NotProved(
            f"The same inputs gave other bytes than {earlier.public_id} in {', '.join(differing)}."
        )


def _artifact(build: Build, signed: Signed) -> Artifact:
    return Artifact(
        build=build,
        kind=signed.output.kind,
        filename=signed.output.filename,
        blob_id=signed.sha256,
        sha256=signed.sha256,
        size_bytes=len(signed.output.data),
        signature=signed.envelope,
        key_id=signed.key_id,
    )
