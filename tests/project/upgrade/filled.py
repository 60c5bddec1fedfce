"""A program: makes the database of the release before anew on the server that DATABASE_URL names.

Usage: `python -m tests.project.upgrade.filled BEFORE.sqlite3`. The tables are made by the
migrations that the release before had run, and its rows are copied into them.
"""

import sys

import django


def main(before: str) -> None:
    """Migrate to where the release before stood, and copy its rows."""
    django.setup()
    from django.core.management.color import no_style
    from django.db import connection, connections, transaction
    from django.db.migrations.executor import MigrationExecutor

    connections.settings["before"] = connections.configure_settings(
        {"default": {}, "before": {"ENGINE": "django.db.backends.sqlite3", "NAME": before}}
    )["before"]
    with connections["before"].cursor() as rows:
        rows.execute("SELECT app, name FROM django_migrations")
        ran = list(rows.fetchall())
    executor = MigrationExecutor(connection)
    executor.migrate(ran)
    state = executor.loader.project_state(ran)
    models = [m for m in state.apps.get_models(include_auto_created=True) if not m._meta.proxy]
    with transaction.atomic():
        for model in models:
            model._default_manager.all().delete()  # what migrations fill: the roles
        for model in models:
            model._default_manager.bulk_create(
                model._default_manager.using("before").order_by("pk")
            )
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


if __name__ == "__main__":
    main(sys.argv[1])
