"""Model: a name under which versions are kept."""

from django.db import models

from fleet.lib.db import Timestamped
from registry.models.tombstone import Retirable

NAME_MAX: int = 64  # characters
TITLE_MAX: int = 120


class Model(Timestamped, Retirable):
    """A named model. `last_number` only grows, so a number is never used twice."""

    name = models.CharField(max_length=NAME_MAX, unique=True)
    title = models.CharField(max_length=TITLE_MAX, blank=True)
    description = models.TextField(blank=True)
    last_number = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(name__regex=r"^[a-z0-9][a-z0-9-]*$"), name="registry_model_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
