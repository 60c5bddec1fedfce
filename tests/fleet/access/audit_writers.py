"""A program of its own: many threads write to one audit log at once; prints the verdict as JSON.

Run with DATABASE_URL naming an empty database of the kind under test.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import django

THREADS = 8
ENTRIES_EACH = 15
UPDATE = "UPDATE access_auditentry SET subject = 'x' WHERE sequence = 2"
DELETE = "DELETE FROM access_auditentry WHERE sequence = 2"
BY_HAND = (UPDATE, DELETE)


def main() -> None:
    """Migrate, write from every thread, verify."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from fleet.access import audit
    from fleet.lib.actor import system

    call_command("migrate", "access", verbosity=0)

    def write(writer: int) -> None:
        for number in range(ENTRIES_EACH):
            with transaction.atomic():
                audit.record(
                    by=system(f"writer {writer}"), action="test.write", subject=str(number)
                )
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))
    found = {"vendor": connection.vendor, "refused": [sql for sql in BY_HAND if refused(sql)]}
    # No head was signed, and the app that knows the keys is not migrated here.
    json.dump(asdict(audit.verify(keys={})) | found, sys.stdout)


def refused(sql: str) -> bool:
    """Tell whether the database itself refuses a statement; what it lets through is rolled back."""
    from django.db import DatabaseError, connection, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


if __name__ == "__main__":
    main()
