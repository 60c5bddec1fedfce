"""A program: serves one fleet on this machine and lets Schemathesis try every endpoint of it.

Schemathesis lives in an environment of its own (`make api-fuzz` makes it). Usage:
`python -m tests.rest.fuzz SCHEMATHESIS CASES SEED`; ends with Schemathesis's own exit code.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Final

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)
ENDPOINTS: Final = 75  # about, to spread the cases


def main(program: str, cases: int, seed: int) -> int:
    """Make the fleet, serve it, and run Schemathesis against it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from tests import personas
    from tests.rest.world import World

    call_command("migrate", verbosity=0)
    World()
    everything = sorted(_scopes())
    secret = personas.token("owner", scopes=everything)[1]
    address = _serve()
    command = [
        program, "run", f"{address}/api/v1/schema/",
        "--phases", "coverage,fuzzing", "--checks", CHECKS,
        "--max-examples", str(max(1, cases // ENDPOINTS)), "--seed", str(seed),
        "--header", f"Authorization: Bearer {secret}", "--continue-on-failure",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, check=False, cwd=Path(folder)).returncode


def _scopes() -> frozenset[str]:
    from fleet.access.roles import SCOPES

    return frozenset(SCOPES)


def _serve() -> str:
    """Serve from a thread and return the address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
