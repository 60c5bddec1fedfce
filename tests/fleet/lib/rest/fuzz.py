"""A program: serves one fleet on this machine and lets Schemathesis try every endpoint of it.

Schemathesis lives in an environment of its own (`make api-fuzz` makes it). Usage: `python -m
tests.fleet.lib.rest.fuzz SCHEMATHESIS CASES SEED...` runs at least about CASES cases for each
seed; exit code
0 = no answer was a 5xx, and each was as the OpenAPI document says.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any, Final

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)
# Most made-up names name nothing: what is asked for is found by `tests.fleet.lib.rest.real_names`
# instead.
WARNINGS: Final = "off"


def main(program: str, cases: int, seeds: list[int]) -> int:
    """Make the fleet, serve it, and run Schemathesis against it, seed after seed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("EDGEFLEET_LOG_LEVEL", "ERROR")  # what ends in a 5xx
    import django

    django.setup()
    from django.core.management import call_command

    from fleet.access.rules.roles import SCOPES
    from tests import personas
    from tests.fleet.lib.rest.real_names import RealNames
    from tests.fleet.lib.rest.world import World

    call_command("migrate", verbosity=0)
    world = World()
    secret = personas.token("owner", scopes=sorted(SCOPES))[1]
    each = -(-cases // len(world.endpoints("get", "post", "put", "patch", "delete")))
    address = _serve(RealNames(world))
    codes = [_run([program, *_arguments(address, secret, each, seed)]) for seed in seeds]
    return max(codes)


def _arguments(address: str, secret: str, each: int, seed: int) -> list[str]:
    return [
        "run", f"{address}/api/v1/schema/", "--phases", "coverage,fuzzing", "--checks", CHECKS,
        "--max-examples", str(each), "--seed", str(seed), "--warnings", WARNINGS,
        "--header", f"Authorization: Bearer {secret}", "--continue-on-failure",
    ]  # fmt: skip


def _run(command: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, check=False, cwd=Path(folder)).returncode


def _serve(application: Any) -> str:
    """Serve from a thread and return the address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(application)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), [int(seed) for seed in sys.argv[3:]]))
