"""What somebody with the database's own password could do to the audit log."""

from django.db import connection


def remove_entry(sequence: int) -> None:
    """Delete an entry behind the model's back, and behind the trigger's where there is one."""
    guarded = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if guarded:
            cursor.execute("ALTER TABLE access_auditentry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM access_auditentry WHERE sequence = %s", [sequence])
        if guarded:
            cursor.execute("ALTER TABLE access_auditentry ENABLE TRIGGER USER")
