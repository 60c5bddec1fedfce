"""Epochs of the database: a restored one begins the next (`ota.epochs`)."""

from django.db import models

from fleet.lib import clock
from fleet.lib.db.append_only import AppendOnly

BECAUSE_MAX = 300  # characters


class Epoch(AppendOnly):
    """One epoch. A database without a row is in its first, number 0."""

    number = models.PositiveIntegerField(unique=True)
    first_action = models.PositiveIntegerField()  # numbers of actions begin here
    because = models.CharField(max_length=BECAUSE_MAX)
    began_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"epoch {self.number}"
