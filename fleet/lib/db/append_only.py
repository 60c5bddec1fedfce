"""Rows that are written once: what was pushed, built, measured or decided is evidence, never
edited.

Three promises, each with one more than the one before: `SavedOnce` (its `save` works once; states
move by compare-and-set), `WriteOnce` (no bulk update either; it goes with its owner), `AppendOnly`
(never deleted).
"""

from typing import TYPE_CHECKING, Any, Never, TypeVar

from django.db import models

from fleet.lib.errors import Conflict

RowT_co = TypeVar("RowT_co", bound=models.Model, covariant=True)


def _changed(model: type[models.Model]) -> Conflict:
    name = model._meta.verbose_name  # noqa: SLF001 - Django's documented API
    return Conflict(f"A row of {name} is never changed after it is written.")


def _deleted(model: type[models.Model]) -> Conflict:
    name = model._meta.verbose_name  # noqa: SLF001 - Django's documented API
    return Conflict(f"A row of {name} is never deleted.")


class SavedOnce(models.Model):
    """A row whose `save` inserts it and works once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert. Raises Conflict the second time."""
        if not self._state.adding:
            raise _changed(type(self))
        super().save(*args, **kwargs | {"force_insert": True})


class WriteOnceQuerySet(models.QuerySet[RowT_co]):
    """Refuses the bulk changes that would pass by `save`."""

    def update(self, **changes: Any) -> Never:
        """Refuse."""
        del changes
        raise _changed(self.model)


WriteOnceManager = models.Manager.from_queryset(WriteOnceQuerySet)


class WriteOnce(SavedOnce):
    """A row that can be inserted, and deleted with its owner, never changed."""

    # The checker binds the manager of an abstract class to its first subclass; a plain one is right
    # for reading.
    if not TYPE_CHECKING:
        objects = WriteOnceManager()

    class Meta:
        abstract = True


class AppendOnlyQuerySet(WriteOnceQuerySet[RowT_co]):
    """Refuses what would take history away, too."""

    def delete(self) -> Never:
        """Refuse."""
        raise _deleted(self.model)


AppendOnlyManager = models.Manager.from_queryset(AppendOnlyQuerySet)


class AppendOnly(SavedOnce):
    """A row that is never deleted."""

    if not TYPE_CHECKING:
        objects = AppendOnlyManager()

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refuse."""
        del args, kwargs
        raise _deleted(type(self))
