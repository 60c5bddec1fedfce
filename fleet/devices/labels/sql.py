"""The tree of a device query as a condition of the database, with the same answers as
`query.matches`.
"""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Final

from django.db import connection
from django.db.models import DateTimeField, F, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, In, Regex

from fleet.devices.labels.query import ATTRIBUTE, And, Like, Node, Not, OneOf, Or, SeenWithin

# Columns that answer for the device's own keys.
_COLUMNS: Final = {
    "id": "controller_id",
    "name": "name",
    "target": "target",
    "device/state": "state",
}
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # when a device that was never heard was heard


def device_filter(node: Node, now: datetime) -> Q:
    """Return the condition for `Device` rows at a time."""
    match node:
        case OneOf(key, values):
            return Q(In(_value_of(key), list(values)))
        case Like(key):
            value = _value_of(key)
            return Q(Regex(value, _expression(node))) & ~Q(Exact(value, Value("")))
        case SeenWithin(seconds):
            heard = Coalesce("last_seen_at", Value(_NEVER), output_field=DateTimeField())
            return Q(GreaterThanOrEqual(heard, now - timedelta(seconds=seconds)))
        case Not(inner):
            return ~device_filter(inner, now)
        case And(parts):
            return reduce(and_, (device_filter(part, now) for part in parts))
        case Or(parts):
            return reduce(or_, (device_filter(part, now) for part in parts))


def _expression(node: Like) -> str:
    """PostgreSQL never reads a value again; on SQLite it is Python that reads."""
    linear = connection.vendor != "postgresql"
    return node.linear_expression() if linear else node.expression()


def _value_of(key: str) -> Combinable:
    if key in _COLUMNS:
        return F(_COLUMNS[key])
    # What is not there must answer False, not NULL, or `not` of it would drop the device. No
    # value is empty, so the empty text stands for "not there".
    scope, _, name = key.rpartition("/")
    field = {"": "labels", "runs": "running", ATTRIBUTE.rstrip("/"): "attributes"}[scope]
    return Coalesce(KeyTextTransform(name, field), Value(""), output_field=TextField())
