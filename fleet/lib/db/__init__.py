"""Database habits: timestamps from our clock, and state changes by compare-and-set.

`compare_and_set` is one UPDATE with the expected state in its WHERE clause: two callers can never
both win.
"""

from typing import Any, TypeVar

from django.db import models, transaction

from fleet.lib import clock

ModelT = TypeVar("ModelT", bound=models.Model)


class Timestamped(models.Model):
    """When the row was made; rows that may change also tell when they last did."""

    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


def compare_and_set(expected: models.QuerySet[ModelT], **changes: Any) -> bool:
    """Apply `changes` to the one row that `expected` still matches; False when
    another caller was first.

    Sets `updated_at` too where the model has one. Raises AssertionError if more than one row
    matched: the caller must name a row by its key.
    """
    options = expected.model._meta  # noqa: SLF001 - Django's documented API
    fields = {field.name for field in options.get_fields()}
    if "updated_at" in fields:
        changes.setdefault("updated_at", clock.now())
    touched = expected.update(**changes)
    if touched > 1:
        message = f"compare_and_set touched {touched} rows of {expected.model.__name__}"
        raise AssertionError(message)
    return touched == 1


def advisory_lock(key: int, *, shared: bool = False) -> None:
    """Take the lock with this number, waiting for other transactions; it ends with this one. Those
    that share it wait only for one that does not.

    For transactions that touch the same rows in any order, and would otherwise wait for one
    another in a circle. SQLite has one writer at a time anyway. Raises TransactionManagementError
    outside a transaction.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        message = "An advisory lock is taken in a transaction, with which it ends."
        raise transaction.TransactionManagementError(message)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            cursor.execute(f"SELECT {name}(%s)", [key])
