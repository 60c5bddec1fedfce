"""The tree of a label query as a condition of the database, with the same answers as
`label_query.matches`.
"""

from functools import reduce
from operator import and_, or_

from django.db.models import F, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from fleet.devices.labels.query import And, Node, Not, OneOf, Or

# Columns that answer for the device's own keys.
_COLUMNS = {"id": "controller_id", "name": "name", "target": "target"}


def label_filter(node: Node) -> Q:
    """Return the condition for `Device` rows."""
    match node:
        case OneOf(key, values):
            return Q(In(_value_of(key), list(values)))
        case Not(inner):
            return ~label_filter(inner)
        case And(parts):
            return reduce(and_, map(label_filter, parts))
        case Or(parts):
            return reduce(or_, map(label_filter, parts))


def _value_of(key: str) -> Combinable:
    if key in _COLUMNS:
        return F(_COLUMNS[key])
    # A label that is not there must answer False, not NULL, or `not` of it would drop the
    # device. No label has
    # an empty value, so the empty text stands for "not there".
    label = KeyTextTransform(key, "labels")
    return Coalesce(label, Value(""), output_field=TextField())
