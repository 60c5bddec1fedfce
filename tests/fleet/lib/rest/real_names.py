"""The service as a fuzzer should meet it: names that name something, and the same fleet each time.

* Of the addresses, `SHARE` in `OF` get the names of a fleet's own rows in place of made-up ones;
  which ones is told by the address itself, so a case that is sent again meets the same.
* After a call that changed something, the database is put back, so that the act which removes a
  thing does not hide it from all calls that follow. For SQLite only.
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Final

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import Resolver404, resolve

from tests.fleet.lib.rest.world import World

SHARE: Final = 3
OF: Final = 4


class RealNames:
    """A WSGI application around Django's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.serve: Any = get_wsgi_application()
        self.database = connection.settings_dict["NAME"]
        self.turn = Lock()
        self.snapshot = sqlite3.connect(":memory:", check_same_thread=False)
        connection.close()
        with sqlite3.connect(self.database) as live:
            live.backup(self.snapshot)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer one call."""
        environ["PATH_INFO"] = self.named(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        told: list[Any] = []
        with self.turn:
            answer: Iterable[bytes] = self.serve(environ, lambda *head: told.append(head))
            try:
                body = list(answer)
            finally:
                getattr(answer, "close", lambda: None)()
            if environ["REQUEST_METHOD"] != "GET" and told[0][0].startswith("2"):
                self._put_back()
        start_response(*told[0])
        return body

    def named(self, path: str, query: str) -> str:
        """Return the address with real names, or as it is."""
        try:
            found = resolve(path)
        except (Resolver404, UnicodeError):
            return path
        made_up = bool(found.kwargs) and found.route.startswith("api/")
        chosen = zlib.crc32(f"{path}?{query}".encode("utf-8", "replace")) % OF < SHARE
        return self.world.path(found.route) if made_up and chosen else path

    def _put_back(self) -> None:
        connection.close()
        live = sqlite3.connect(self.database)
        try:
            self.snapshot.backup(live)
        finally:
            live.close()
