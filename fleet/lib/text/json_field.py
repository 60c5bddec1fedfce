"""The column of every JSON document: what goes in is storable, what comes out is whole text."""

import re
from typing import Any, Final

from django.db import models

from fleet.lib import text

# How an encoder spells what `fleet.lib.text` refuses, and numbers that JSON does not know.
SUSPECT: Final = re.compile(r"\\u(?:d[89a-f]|0000)|NaN|Infinity", re.IGNORECASE)


class JsonField(models.JSONField):
    """`models.JSONField` that refuses text which one of the databases does not hold.

    Rows that are older than the rule are mended as they are read, so that they break no list.
    """

    def deconstruct(self) -> Any:
        """Be Django's own field to migrations: the column is the same."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Return what is written. Raises Refused."""
        text.require_storable(value, at=self.name)
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return what was read, with U+FFFD for what is not text."""
        found = super().from_db_value(value, expression, connection)
        suspect = isinstance(value, str) and SUSPECT.search(value)
        return text.mended(found) if suspect else found
