"""Rows that tell what happened: inserted once, never changed."""

from typing import Any, Never, TypeVar

from django.db import models

from fleet.lib.errors import Conflict

RowT_co = TypeVar("RowT_co", bound=models.Model, covariant=True)


class AppendOnlyQuerySet(models.QuerySet[RowT_co]):
    """Refuses what would rewrite history behind `save`'s back."""

    def update(self, **changes: Any) -> Never:
        """Refuse."""
        del changes
        raise Conflict("An event is never changed after it is written.")

    def delete(self) -> Never:
        """Refuse."""
        raise Conflict("An event is never deleted.")


class AppendOnly(models.Model):
    """The base of every event row."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; refuse a second time."""
        if not self._state.adding:
            raise Conflict("An event is never changed after it is written.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refuse."""
        del args, kwargs
        raise Conflict("An event is never deleted.")
