"""Counts of devices by state and by what they run, kept by the database itself.

Rows are counted where they are inserted and updated; a device never loses its row. SQLite drops
triggers when a later migration rebuilds the table of devices: such a migration must run `install`
again.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INTO = "INSERT INTO devices_devicecount (state, model, version, devices)"
# How each database reads a member of what a device runs.
MEMBER = {
    "postgresql": "{row}running ->> '{name}'",
    "sqlite": "json_extract({row}running, '$.{name}')",
}
MOVED = {
    "postgresql": "OLD.state <> NEW.state OR OLD.running <> NEW.running",  # neither is ever NULL
    "sqlite": "OLD.state <> NEW.state OR OLD.running <> NEW.running",
}
TRIGGER = "CREATE TRIGGER devices_device_counts_{} AFTER {} ON devices_device FOR EACH ROW {}"
FUNCTION = (
    "CREATE OR REPLACE FUNCTION devices_device_{}() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN {}; RETURN NULL; END $$"
)
CALL = "EXECUTE FUNCTION devices_device_{}()"
FILL = "{} SELECT {}, count(*) FROM devices_device GROUP BY 1, 2, 3"


def _values(vendor: str, row: str) -> str:
    members = (MEMBER[vendor].format(row=row, name=name) for name in ("model", "version"))
    return ", ".join([f"{row}state", *members])


def _statements(vendor: str) -> tuple[str, ...]:
    come = f"{INTO} VALUES ({_values(vendor, 'NEW.')}, 1)"
    moved = f"{INTO} VALUES ({_values(vendor, 'OLD.')}, -1); {come}"
    # Only where the columns are among those that are set: last-seen times cost nothing.
    when = f"WHEN ({MOVED[vendor]})"
    if vendor == "sqlite":
        return (
            TRIGGER.format("come", "INSERT", f"BEGIN {come}; END"),
            TRIGGER.format("moved", "UPDATE OF state, running", f"{when} BEGIN {moved}; END"),
        )
    return (
        FUNCTION.format("come", come),
        FUNCTION.format("moved", moved),
        TRIGGER.format("come", "INSERT", CALL.format("come")),
        TRIGGER.format("moved", "UPDATE OF state, running", f"{when} {CALL.format('moved')}"),
    )


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count what there is, and let the database count on."""
    vendor = schema_editor.connection.vendor
    if vendor not in MEMBER:
        return
    schema_editor.execute("DELETE FROM devices_devicecount", None)
    schema_editor.execute(FILL.format(INTO, _values(vendor, "")), None)
    for statement in _statements(vendor):
        schema_editor.execute(statement, None)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers again."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    place = " ON devices_device" if postgresql else ""
    for name in ("come", "moved"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS devices_device_counts_{name}{place}", None)
        if postgresql:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS devices_device_{name}()", None)


class Migration(migrations.Migration):
    dependencies = [("devices", "0006_chips_verify_switches")]

    operations = [
        migrations.CreateModel(
            name="DeviceCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=16)),
                ("model", models.TextField(null=True)),
                ("version", models.TextField(null=True)),
                ("devices", models.IntegerField()),
            ],
        ),
        migrations.RunPython(install, remove),
    ]
