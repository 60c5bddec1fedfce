"""The last two stages: sign what was made, then write blobs, rows and the final state.

Guarantees: blobs are stored before the rows that name them; rows, report and state are one
transaction behind the fence, so a result is whole or absent; a forced build that differs from the
first in one byte fails and says where.
"""

from dataclasses import replace

from django.db import transaction

from builds import keyring
from builds.choices import ArtifactKind, KeyRole
from builds.models import Artifact, Build
from builds.pipeline.image import images_sign
from builds.pipeline.provenance import provenance_output
from builds.pipeline.report import report_output
from builds.pipeline.stages.order import BuildFile, BuildOrder, NotProved, SignedFile, SignedResult
from builds.pipeline.stages.work import BuildRun
from builds.signing import Signer, seal
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


def result_sign(run: BuildRun) -> BuildRun:
    """Sign the images, write the report, say how all was made, and sign every file."""
    order, made = run.order, run.results
    files = (*made.outputs, *images_sign(order, made))
    report, file = report_output(order, made, files, run.int8)
    outputs = (*files, file)
    provenance = provenance_output(run, outputs, keyring.signer(KeyRole.BUILDER))
    signer = keyring.signer(KeyRole.ARTIFACTS)
    signed = tuple(_signed(order, output, signer) for output in (*outputs, provenance))
    return replace(run, signed=SignedResult(report, signed))


def _signed(order: BuildOrder, output: BuildFile, signer: Signer) -> SignedFile:
    digest = sha256_hex(output.data)
    statement = ArtifactStatement(
        sha256=digest,
        length=len(output.data),
        kind=output.kind.value,
        model=order.model,
        version=order.version,
        target=order.target.name,
    )
    return SignedFile(output, digest, seal(dump_statement(statement), ARTIFACT_TYPE, signer))


def result_store(run: BuildRun) -> BuildRun:
    """Commit the result, unless the build was taken over."""
    build, made = run.build, run.result
    _require_same_bytes(build, made)
    for signed in made.files:
        blobs.put_bytes(signed.output.data)
    with transaction.atomic():
        now = clock.now()
        finish(
            Build.objects.filter(pk=build.pk),
            fence=run.fence,
            state=JobState.SUCCEEDED,
            int8_model=run.int8,
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
    return run


def earlier_result(build: Build) -> Build | None:
    """The build whose result the cache serves for these inputs."""
    results = Build.objects.filter(
        cache_key=build.cache_key, state=JobState.SUCCEEDED, forced=False
    )
    return results.exclude(pk=build.pk).first()


def _require_same_bytes(build: Build, made: SignedResult) -> None:
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


def _artifact(build: Build, signed: SignedFile) -> Artifact:
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
