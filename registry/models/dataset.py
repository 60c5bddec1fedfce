"""Dataset: samples that a version is quantised, measured or compared with."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import SavedOnce
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField
from registry.choices import DatasetKind
from registry.models.blob import Blob
from registry.models.tombstone import Retirable

NAME_MAX: int = 80  # characters


def dataset_id() -> str:
    """A public id for a new dataset."""
    return new_id("dst")


class Dataset(SavedOnce, Retirable):
    """Shapes and counts come from the file. `x_shape` is the shape of one sample."""

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=dataset_id, editable=False
    )
    name = models.CharField(max_length=NAME_MAX)
    kind = models.CharField(max_length=16, choices=DatasetKind.choices)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="datasets")
    samples = models.PositiveIntegerField()
    x_shape = JsonField()
    x_dtype = models.CharField(max_length=16)
    has_labels = models.BooleanField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("name", "kind"), name="registry_dataset_name_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=DatasetKind.values), name="registry_dataset_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(samples__gte=1), name="registry_dataset_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"
