"""Taking a version in that another service exported.

Guarantees: a file that no trusted key signed leaves nothing behind; the model is pushed and
admitted as any other; datasets that are here already are used, and others of the same name are
never taken in their place; builds and history are kept as files of the version, byte by byte.
"""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, cast

from django.conf import settings

from builds.signing import PublicKey
from builds.sources.exchange import package
from builds.sources.exchange.package import Package
from fleet.lib.actor import Actor
from fleet.lib.errors import Refused
from fleet.lib.hashing import chunks
from registry import selectors, services
from registry.choices import LoggedState
from registry.models import Dataset, LoggedModel, Model, ModelVersion, VersionOrigin
from registry.services import Claims
from registry.tracking import experiments, files, logged
from registry.tracking.places import FilePlace

EXPERIMENT: Final = "Imported versions"
IN_MEMORY: Final = 1024 * 1024  # bytes


def version_import(
    *, stream: BinaryIO, keys: Iterable[PublicKey], by: Actor, name: str | None = None
) -> ModelVersion:
    """Take a version in, under its model's name or another. Raises Refused, TooLarge, Forbidden,
    and Conflict for a label or a dataset's name that is taken by other bytes.
    """
    limit = 4 * (settings.EDGEFLEET_DATASET_MAX_BYTES + settings.EDGEFLEET_MODEL_MAX_BYTES)
    with package.opened(stream, keys, limit_bytes=limit) as found:
        try:
            told = found.manifest["version"]
            claims = Claims(
                label=told["label"],
                metrics=told["metrics"],
                lineage={**told["lineage"], "imported": _origin(found)},
                class_names=told["class_names"],
            )
            datasets = {use["use"]: _dataset(found, use, by) for use in found.manifest["datasets"]}
            model = _model(found.manifest["model"], name, by)
            evidence = _evidence(found, by)
            try:
                return _push(found, model, claims, datasets, evidence, by)
            except BaseException:
                evidence.delete()
                raise
        except (KeyError, TypeError, AttributeError) as error:
            raise Refused(f"The manifest lacks what it has to say: {error}.") from error


def _push(
    found: Package,
    model: Model,
    claims: Claims,
    datasets: Mapping[str, Dataset],
    evidence: LoggedModel,
    by: Actor,
) -> ModelVersion:
    with _spooled(found, found.manifest["version"]["sha256"]) as content:
        version = services.version_add(
            model=model,
            content=content,
            claims=claims,
            datasets=datasets,
            by=by,
            beside=lambda made: VersionOrigin.objects.create(
                version=made, logged=evidence, source=f"models:/{evidence.public_id}"
            ),
        )
    if version.blob_id != found.manifest["version"]["sha256"]:
        raise Refused("The model in the file is not the one that its manifest names.")
    return selectors.version_by_id(version.public_id)


def _origin(found: Package) -> dict[str, Any]:
    told = found.manifest["version"]
    return {"version": told["id"], "manifest": found.digest, "signed_by": found.keyid}


def _model(told: Mapping[str, Any], name: str | None, by: Actor) -> Model:
    wanted = name or told["name"]
    there = Model.objects.filter(name=wanted).first()
    return there or services.model_create(
        name=wanted, title=told["title"], description=told["description"], by=by
    )


def _dataset(found: Package, use: Mapping[str, Any], by: Actor) -> Dataset:
    """The dataset of one use: the one that is here with the same bytes, or a new one."""
    rows = Dataset.objects.filter(kind=use["kind"], blob_id=use["sha256"], deleted_at=None)
    if there := rows.order_by("pk").first():
        return there
    with _spooled(found, use["sha256"]) as content:
        made = services.dataset_add(name=use["name"], kind=use["kind"], content=content, by=by)
    if made.blob_id != use["sha256"]:
        raise Refused(f"The dataset {use['name']} is not the one that the manifest names.")
    return made


def _evidence(found: Package, by: Actor) -> LoggedModel:
    """Builds and history of the other service, as files that nothing here installs."""
    names = experiments.experiments_all(deleted=None)
    experiment = names.filter(name=EXPERIMENT).first() or experiments.experiment_create(
        name=EXPERIMENT, tags={}, by=by
    )
    kept = logged.logged_create(
        experiment=experiment,
        run=None,
        name=str(found.manifest["version"]["id"]),
        kind="export",
        params={},
        tags={"manifest": found.digest, "signed by": found.keyid},
        by=by,
    )
    files.file_put(place=FilePlace(kept, package.MANIFEST), content=io.BytesIO(found.text))
    for build in found.manifest["builds"]:
        for file in build["artifacts"]:
            path = f"builds/{build['target']}/{build['id']}/{file['filename']}"
            with _spooled(found, file["sha256"]) as content:
                stored = files.file_put(place=FilePlace(kept, path), content=content)
            if stored.blob_id != file["sha256"]:
                raise Refused(f"{path} is not the file that the manifest names.")
    return logged.logged_change(logged=kept, state=LoggedState.READY)


@contextmanager
def _spooled(found: Package, sha256: str) -> Iterator[BinaryIO]:
    """A blob of the file, where it can be read more than once. Raises Refused for a damaged one."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        try:
            with found.blob(sha256) as stream:
                for piece in chunks(cast("BinaryIO", stream)):
                    file.write(piece)
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
            raise Refused(f"The blob {sha256[:12]} in the file is damaged.") from error
        file.seek(0)
        yield cast("BinaryIO", file)
