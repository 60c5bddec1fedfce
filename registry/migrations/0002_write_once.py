"""Let the database itself refuse to change what is written once, so that a stray UPDATE in a shell
does no harm.

What admission sets (state, reasons, schema, ops) stays changeable. SQLite drops triggers when a
later migration rebuilds a table: such a migration must run `install` again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COLUMNS = {
    "registry_blob": ("sha256", "size_bytes"),
    "registry_dataset": ("public_id", "name", "kind", "blob_id", "samples", "has_labels"),
    "registry_modelversion": ("public_id", "model_id", "number", "label", "blob_id", "format"),
    "registry_versiondataset": ("version_id", "dataset_id", "kind"),
    "registry_evaluation": ("version_id", "dataset_id", "engine", "metrics"),
    "registry_aliasmove": ("alias_id", "old_id", "new_id", "by"),
}
FUNCTION = """
CREATE OR REPLACE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is written once.', TG_TABLE_NAME
  USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers that this database knows."""
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        # No parameters: psycopg would take the % of the message for a placeholder.
        schema_editor.execute(FUNCTION, None)
    for table, columns in COLUMNS.items():
        named = ", ".join(f'"{column}"' for column in columns)
        before = f"CREATE TRIGGER {table}_write_once BEFORE UPDATE OF {named} ON {table}"
        if vendor == "postgresql":
            schema_editor.execute(f"{before} FOR EACH ROW EXECUTE FUNCTION registry_refuse()")
        elif vendor == "sqlite":
            refuse = f"SELECT RAISE(ABORT, '{table} is written once.')"
            schema_editor.execute(f"{before} BEGIN {refuse}; END")


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them again."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in COLUMNS:
        place = f" ON {table}" if postgresql else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_write_once{place}")
    if postgresql:
        schema_editor.execute("DROP FUNCTION IF EXISTS registry_refuse()")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
