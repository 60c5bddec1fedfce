"""Django's PostgreSQL, whose connections are looked at before a request without asking the server.

Guarantees: a connection that the server has closed is replaced before its next use, as Django's own
check does. A server that ends says so, or closes the socket: either way there is something to read
where an idle connection has nothing; only then it is asked.
"""

import select

from django.db.backends.postgresql import base
from psycopg import Error


class DatabaseWrapper(base.DatabaseWrapper):
    """See the module."""

    def is_usable(self) -> bool:
        """Tell whether the connection can be used: at once while nothing has come in on it."""
        try:
            quiet = not select.select([self.connection.fileno()], [], [], 0)[0]
        except (Error, OSError, ValueError):  # closed here, or a number that select cannot take
            quiet = False
        return quiet or super().is_usable()
