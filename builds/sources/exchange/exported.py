"""A version, its datasets, what was measured and built of it, and who did what, as one file."""

from typing import Any, BinaryIO, Final

from django.db import transaction

from builds import keyring, selectors
from builds.choices import KeyRole
from builds.models import Artifact, Build, Int8Model
from builds.sources.exchange import package
from fleet import __version__
from fleet.access import audit
from fleet.access.selectors import audit_entries
from fleet.lib import clock
from fleet.lib.actor import Actor
from registry.models import AliasMove, ModelVersion

HISTORY_MAX: Final = 2000  # entries of the audit log


def version_export(*, version: ModelVersion, out: BinaryIO, by: Actor) -> str:
    """Write a version; gives the digest of its manifest. Raises Unavailable without the builder's
    key.
    """
    built = list(selectors.builds_of(version).prefetch_related("artifacts"))
    manifest = manifest_of(version, built)
    digests = [version.blob_id, *(use["sha256"] for use in manifest["datasets"])]
    digests += [file["sha256"] for build in manifest["builds"] for file in build["artifacts"]]
    digests += [row["sha256"] for row in manifest["int8"]]
    digest = package.write(out, manifest, digests, keyring.signer(KeyRole.BUILDER))
    with transaction.atomic():
        detail = {"manifest": digest}
        action = "registry.version_export"
        audit.record(by=by, action=action, subject=version.public_id, detail=detail)
    return digest


def manifest_of(version: ModelVersion, built: list[Build]) -> dict[str, Any]:
    """Everything that is told of a version; plain JSON."""
    model = version.model
    entries = audit_entries(subject=version.public_id)[:HISTORY_MAX]
    return {
        "format": package.FORMAT,
        "exported_at": clock.now().isoformat(),
        "exported_by": f"edgefleet {__version__}",
        "model": {"name": model.name, "title": model.title, "description": model.description},
        "version": _version(version),
        "datasets": [
            {
                "use": use.kind,
                "name": use.dataset.name,
                "kind": use.dataset.kind,
                "sha256": use.dataset.blob_id,
                "samples": use.dataset.samples,
            }
            for use in version.version_datasets.select_related("dataset")
        ],
        "evaluations": [
            {"engine": row.engine, "dataset": row.dataset.name, "metrics": row.metrics}
            for row in version.evaluations.select_related("dataset")
        ],
        "aliases": [_move(move) for move in _moves(version)],
        "int8": [_int8(row) for row in Int8Model.objects.filter(version=version).order_by("pk")],
        "builds": [_build(build) for build in built],
        "history": [
            {
                "at": entry.at.isoformat(),
                "by": entry.actor_label,
                "action": entry.action,
                "detail": entry.detail,
                "hash": entry.hash,
            }
            for entry in reversed(entries)
        ],
    }


def _version(version: ModelVersion) -> dict[str, Any]:
    return {
        "id": version.public_id,
        "number": version.number,
        "label": version.label,
        "format": version.format,
        "sha256": version.blob_id,
        "state": str(version.state),
        "metrics": version.metrics,
        "lineage": version.lineage,
        "class_names": version.class_names,
        "io_schema": version.io_schema,
        "ops": version.ops,
        "created_by": version.created_by,
        "created_at": version.created_at.isoformat(),
    }


def _moves(version: ModelVersion) -> Any:
    rows = AliasMove.objects.filter(old=version) | AliasMove.objects.filter(new=version)
    return rows.select_related("alias", "old", "new").order_by("created_at", "pk")


def _move(move: AliasMove) -> dict[str, Any]:
    return {
        "name": move.alias.name,
        "from": move.old.label if move.old else None,
        "to": move.new.label,
        "by": move.by,
        "at": move.created_at.isoformat(),
    }


def _int8(row: Int8Model) -> dict[str, Any]:
    return {
        "sha256": row.blob_id,
        "recipe": row.recipe_digest,
        "float_accuracy": row.float_accuracy,
        "int8_accuracy": row.int8_accuracy,
    }


def _build(build: Build) -> dict[str, Any]:
    return {
        "id": build.public_id,
        "target": build.target,
        "state": str(build.state),
        "recipe": build.recipe,
        "report": build.report,
        "requested_by": build.requested_by,
        "created_at": build.created_at.isoformat(),
        "artifacts": [_artifact(file) for file in selectors.artifacts_of(build)],
    }


def _artifact(file: Artifact) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "kind": str(file.kind),
        "sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "signature": file.signature,
    }
