"""Adding datasets: read once to know that they are sound, then never changed."""

from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction

from fleet.access import audit
from fleet.lib.actor import Actor
from fleet.lib.errors import Conflict, Refused
from registry import blobs
from registry.choices import DatasetKind
from registry.files.npz import read_npz
from registry.models import Dataset
from registry.names import check_dataset_name


def dataset_add(*, name: str, kind: str, content: BinaryIO, by: Actor) -> Dataset:
    """Store a `.npz`. Raises Refused or TooLarge for an unsound file, Conflict for a taken name."""
    check_dataset_name(name)
    if kind not in DatasetKind.values:
        raise Refused(f"A dataset is for {', '.join(DatasetKind.values)}; not for {kind}.")
    limit = settings.EDGEFLEET_DATASET_MAX_BYTES
    # Judged before it is stored: what is refused leaves nothing behind.
    samples = read_npz(content, limit_bytes=limit)
    content.seek(0)
    with transaction.atomic():
        dataset = Dataset(
            name=name,
            kind=kind,
            blob=blobs.put(content, limit_bytes=limit),
            samples=len(samples.x),
            x_shape=list(samples.sample_shape),
            x_dtype=str(samples.x.dtype),
            has_labels=samples.y is not None,
            created_by=by.label,
        )
        _insert(dataset)
        detail = {"name": name, "kind": kind, "sha256": dataset.blob_id}
        audit.record(by=by, action="registry.dataset_add", subject=dataset.public_id, detail=detail)
    return dataset


def _insert(dataset: Dataset) -> None:
    try:
        with transaction.atomic():
            dataset.save()
    except IntegrityError as error:
        there = Dataset.objects.get(name=dataset.name, kind=dataset.kind)
        if there.deleted_at:
            raise Conflict(
                f"The {there.kind} dataset {there.name} was deleted, and its name is never used"
                " again.",
                code="deleted",
            ) from error
        same = there.blob_id == dataset.blob_id
        raise Conflict(
            f"The {there.kind} dataset {there.name} exists already, with"
            f" {'the same' if same else 'another'} content.",
            code="duplicate" if same else "exists",
            extra={"id": there.public_id},
        ) from error
