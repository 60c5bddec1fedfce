"""Rows that are written once. Moves of state go through compare-and-set, never through `save`."""

from typing import Any

from django.db import models

from fleet.lib.errors import Conflict


class Immutable(models.Model):
    """A row whose `save` works once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse to write again."""
        if not self._state.adding:
            raise Conflict(f"A {self._meta.verbose_name} is never changed once written.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)
