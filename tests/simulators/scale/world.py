"""A fleet of any size, made in the database itself, so that it takes seconds."""

from django.db import connection
from django.db.models import F

from fleet.devices.choices import GroupKind
from fleet.devices.models import Device, Group

QUERY = "target=linux-x86_64"
# What may not be the same in two rows of a table.
OWN = {
    "id": "{first} + n.i",
    "public_id": "'dev_s' || n.i",
    "controller_id": "'sim-' || n.i",
    "name": "'sim-' || n.i",
    "public_key": "'p' || n.i",
    "key_fingerprint": "'k' || n.i",
}


def devices(pattern: Device, count: int) -> None:
    """Add accepted devices that are like one, but for names and keys."""
    table, first = Device._meta.db_table, pattern.pk + 1
    columns = [str(field.column) for field in Device._meta.concrete_fields]
    taken = ", ".join(OWN.get(name, f"d.{name}").format(first=first) for name in columns)
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1})"
    )
    rows = f"SELECT {taken} FROM n, {table} d WHERE d.id = {pattern.pk}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {numbers} {rows}")
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first + count})"
            )
            cursor.execute("ANALYZE")
        else:
            cursor.execute(f"{numbers} INSERT INTO {table} ({', '.join(columns)}) {rows}")
    # As of a fleet that grew: no two devices joined at one moment.
    Device.objects.filter(pk__gt=pattern.pk).update(last_seen_at=F("created_at"))


def everybody() -> Group:
    """The group of all of them."""
    return Group.objects.create(name="everybody", kind=GroupKind.DYNAMIC, query=QUERY)
