"""Alias: a movable name of a version, such as `production`, and every move it made."""

from typing import TYPE_CHECKING

from django.db import models

from fleet.lib import clock
from fleet.lib.db import Timestamped
from fleet.lib.db.append_only import SavedOnce
from registry.models.model import Model
from registry.models.version import ModelVersion

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

NAME_MAX: int = 40  # characters


class Alias(Timestamped):
    """Moved by compare-and-set only. A protected one moves by the hand of who may change access."""

    if TYPE_CHECKING:
        moves: RelatedManager["AliasMove"]

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=NAME_MAX)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")
    protected = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=("model", "name"), name="registry_alias_name"),
        ]

    def __str__(self) -> str:
        return f"{self.model}@{self.name}"


class AliasMove(SavedOnce):
    """One move; `old` is empty for the first."""

    alias = models.ForeignKey(Alias, on_delete=models.CASCADE, related_name="moves")
    old = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    new = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.alias}: {self.old} -> {self.new}"
