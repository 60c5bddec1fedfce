"""Rows that are written once: what was built, measured and signed is evidence, and never edited."""

from typing import Any, Never, TypeVar

from django.db import models

from fleet.lib.errors import Conflict

RowT = TypeVar("RowT", bound=models.Model)


class WriteOnceQuerySet(models.QuerySet[RowT]):
    """Refuses the bulk changes that would pass by `save`."""

    def update(self, **changes: Any) -> Never:
        """Refuse."""
        del changes
        name = self.model._meta.verbose_name  # noqa: SLF001 - Django's documented API
        raise Conflict(f"A {name} is never changed after it is written.")


WriteOnceManager = models.Manager.from_queryset(WriteOnceQuerySet)


class WriteOnce(models.Model):
    """A row that can be inserted and deleted with its owner, never changed."""

    objects = WriteOnceManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse a second time."""
        if not self._state.adding:
            raise Conflict(f"A {self._meta.verbose_name} is never changed after it is written.")
        super().save(*args, **kwargs)
