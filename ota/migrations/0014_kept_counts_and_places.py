"""Counts of assignments, kept by the database itself, and places of devices in rollouts.

Rows are counted where they are inserted and updated; none is ever deleted. SQLite drops triggers
when a later migration rebuilds the table of assignments: such a migration must run `install` again.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

import ota.engine.states
import ota.models.assignment

FROM = "rollout_id, wave_id, kind, state"
INTO = f"INSERT INTO ota_assignmentcount ({FROM}, devices)"
OLD = "OLD.rollout_id, OLD.wave_id, OLD.kind, OLD.state"
NEW = "NEW.rollout_id, NEW.wave_id, NEW.kind, NEW.state"
MOVED = (
    "OLD.state <> NEW.state OR OLD.latest <> NEW.latest "
    "OR OLD.wave_id <> NEW.wave_id OR OLD.kind <> NEW.kind"
)
BODY = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
# One statement for all rows of the caller's, and no row that would add up to nothing.
COUNT = "{} SELECT {}, count(*) FROM {} WHERE latest GROUP BY {}"
COME = COUNT.format(INTO, FROM, "fresh", FROM)
SIDE = "SELECT {}, {} AS n FROM {} WHERE latest"
SIDES = f"{SIDE.format(FROM, 1, 'fresh')} UNION ALL {SIDE.format(FROM, -1, 'former')}"
MOVES = "{} SELECT {}, sum(n) FROM ({}) s GROUP BY {} HAVING sum(n) <> 0"
WENT = MOVES.format(INTO, FROM, SIDES, FROM)
FUNCTION = "CREATE OR REPLACE FUNCTION ota_assignment_{}() {} {}; RETURN NULL; END $$"
TRIGGER = "CREATE TRIGGER ota_assignment_counts_{} AFTER {} ON ota_assignment {}"
EACH = "FOR EACH STATEMENT EXECUTE FUNCTION ota_assignment_{}()"
POSTGRESQL = (
    FUNCTION.format("come", BODY, COME),
    FUNCTION.format("moved", BODY, WENT),
    TRIGGER.format("come", "INSERT", f"REFERENCING NEW TABLE AS fresh {EACH.format('come')}"),
    TRIGGER.format(
        "moved",
        "UPDATE",
        f"REFERENCING NEW TABLE AS fresh OLD TABLE AS former {EACH.format('moved')}",
    ),
)
SQLITE = (
    TRIGGER.format("come", "INSERT", f"WHEN NEW.latest BEGIN {INTO} VALUES ({NEW}, 1); END"),
    TRIGGER.format(
        "moved",
        "UPDATE",
        f"WHEN {MOVED} BEGIN {INTO} SELECT {OLD}, -1 WHERE OLD.latest; "
        f"{INTO} SELECT {NEW}, 1 WHERE NEW.latest; END",
    ),
)


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count what there is, and let the database count on."""
    schema_editor.execute("DELETE FROM ota_assignmentcount", None)
    schema_editor.execute(COUNT.format(INTO, FROM, "ota_assignment", FROM), None)
    statements = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
    for statement in statements.get(schema_editor.connection.vendor, ()):
        schema_editor.execute(statement, None)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers again."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    place = " ON ota_assignment" if postgresql else ""
    for name in ("come", "moved"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS ota_assignment_counts_{name}{place}", None)
        if postgresql:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS ota_assignment_{name}()", None)


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0005_children_behind_gateways"),
        ("ota", "0013_policies_of_operators_and_pardons"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssignmentCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("state", models.CharField(max_length=16)),
                ("devices", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RolloutPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=ota.models.assignment.new_assignment_id, max_length=32
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("skipped", models.CharField(blank=True, max_length=500)),
                ("delivery", models.JSONField(blank=True, default=dict)),
                ("consent", models.CharField(blank=True, max_length=16)),
            ],
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(
                    ("latest", True), ("state", ota.engine.states.AssignmentState["PLANNED"])
                ),
                fields=["wave", "position"],
                name="assignment_next",
            ),
        ),
        migrations.AddField(
            model_name="assignmentcount",
            name="rollout",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="kept_counts",
                to="ota.rollout",
            ),
        ),
        migrations.AddField(
            model_name="assignmentcount",
            name="wave",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="ota.wave",
            ),
        ),
        migrations.AddField(
            model_name="rolloutplace",
            name="artifact",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="ota.releaseartifact",
            ),
        ),
        migrations.AddField(
            model_name="rolloutplace",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="devices.device",
            ),
        ),
        migrations.AddField(
            model_name="rolloutplace",
            name="rollout",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="places",
                to="ota.rollout",
            ),
        ),
        migrations.AddField(
            model_name="rolloutplace",
            name="wave",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="ota.wave",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolloutplace",
            constraint=models.UniqueConstraint(
                fields=("rollout", "position"), name="rollout_place_once"
            ),
        ),
        migrations.RunPython(install, remove),
    ]
