"""Let the database itself refuse a version at or below one that was published, and every change of
signed metadata.

SQLite drops triggers when a later migration rebuilds a table: such a migration must run `install`
again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "ota_tufmetadata"
LOWER = "EXISTS (SELECT 1 FROM ota_tufmetadata WHERE role = NEW.role AND version >= NEW.version)"
FUNCTIONS = (
    f"""
CREATE OR REPLACE FUNCTION ota_tuf_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF {LOWER} THEN RAISE EXCEPTION 'A metadata version never goes down.'
  USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$
""",
    """
CREATE OR REPLACE FUNCTION ota_tuf_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'Signed metadata is written once.'
  USING ERRCODE = 'integrity_constraint_violation'; END $$
""",
)
POSTGRESQL = (
    *FUNCTIONS,
    (
        f"CREATE TRIGGER {TABLE}_rises BEFORE INSERT ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION ota_tuf_rises()"
    ),
    (
        f"CREATE TRIGGER {TABLE}_write_once BEFORE UPDATE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION ota_tuf_refuse()"
    ),
)
SQLITE = (
    (
        f"CREATE TRIGGER {TABLE}_rises BEFORE INSERT ON {TABLE} WHEN {LOWER} "
        "BEGIN SELECT RAISE(ABORT, 'A metadata version never goes down.'); END"
    ),
    (
        f"CREATE TRIGGER {TABLE}_write_once BEFORE UPDATE ON {TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'Signed metadata is written once.'); END"
    ),
)


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers that this database knows."""
    statements = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
    for statement in statements.get(schema_editor.connection.vendor, ()):
        schema_editor.execute(statement, None)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them again."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    place = f" ON {TABLE}" if postgresql else ""
    for name in ("rises", "write_once"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{place}")
    if postgresql:
        schema_editor.execute("DROP FUNCTION IF EXISTS ota_tuf_rises()")
        schema_editor.execute("DROP FUNCTION IF EXISTS ota_tuf_refuse()")


class Migration(migrations.Migration):
    dependencies = [("ota", "0002_tuf_repository")]

    operations = [migrations.RunPython(install, remove)]
