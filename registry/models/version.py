"""ModelVersion: one immutable version of a model, the datasets it came with, and what was measured
of it.
"""

from typing import TYPE_CHECKING

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import SavedOnce
from fleet.lib.ids import MAX_LENGTH, new_id
from fleet.lib.text.json_field import JsonField
from registry.choices import DatasetKind, Engine, Format, VersionState
from registry.models.blob import Blob
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.tombstone import Retirable

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from registry.models.alias import Alias

LABEL_MAX: int = 64  # characters


def version_id() -> str:
    """A public id for a new version."""
    return new_id("ver")


class ModelVersion(SavedOnce, Retirable):  # type: ignore[django-manager-missing, unused-ignore]
    """Content, label and origin never change. State, reasons, schema and ops are set once, by
    admission.
    """

    if TYPE_CHECKING:
        version_datasets: RelatedManager["VersionDataset"]
        evaluations: RelatedManager["Evaluation"]
        aliases: RelatedManager[Alias]

    public_id = models.CharField(
        max_length=MAX_LENGTH, unique=True, default=version_id, editable=False
    )
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=LABEL_MAX)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="versions")
    format = models.CharField(max_length=16, choices=Format.choices)
    metrics = JsonField(default=dict, blank=True)
    lineage = JsonField(default=dict, blank=True)
    class_names = JsonField(default=list, blank=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    state = models.CharField(
        max_length=16, choices=VersionState.choices, default=VersionState.PENDING
    )
    reasons = JsonField(default=list, blank=True)
    io_schema = JsonField(default=dict, blank=True)
    ops = JsonField(default=dict, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=("model", "number"), name="registry_version_number"),
            # A rejected version gives its label back.
            models.UniqueConstraint(
                fields=("model", "label"),
                condition=~models.Q(state=VersionState.REJECTED),
                name="registry_version_label",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="registry_version_number_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=Format.values), name="registry_version_format"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=VersionState.values), name="registry_version_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state=VersionState.PENDING, decided_at__isnull=True)
                | (~models.Q(state=VersionState.PENDING) & models.Q(decided_at__isnull=False)),
                name="registry_version_decided",
            ),
        ]
        indexes = [
            # serves selectors.versions_pending: few rows at any time
            models.Index(
                fields=("created_at",),
                condition=models.Q(state=VersionState.PENDING),
                name="registry_version_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.label}"


class VersionDataset(SavedOnce):
    """A dataset in one of its uses for a version."""

    version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="version_datasets"
    )
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=16, choices=DatasetKind.choices)

    class Meta:
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=("version", "kind"), name="registry_use_once_per_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=DatasetKind.values), name="registry_use_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.kind} {self.dataset}"


class Evaluation(SavedOnce):
    """What an engine measured of a version on a dataset."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="evaluations")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="evaluations")
    engine = models.CharField(max_length=16, choices=Engine.choices)
    metrics = JsonField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("engine", "-created_at")
        constraints = [
            models.UniqueConstraint(
                fields=("version", "dataset", "engine"), name="registry_evaluation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(engine__in=Engine.values), name="registry_evaluation_engine"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.engine}"
