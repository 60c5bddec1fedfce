"""Run by a test in a process of its own, on a database file: workers that are killed half-way.

For each stage a child process claims a build and is killed by SIGKILL inside that stage; later
another worker takes the build. Prints one JSON line: what the database held after each step.
"""

import json
import os
import signal
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from builds.models import Artifact, Build  # noqa: E402
from builds.pipeline.stages.work import Work  # noqa: E402
from builds.services import build_request  # noqa: E402
from builds.sweep import builds_sweep  # noqa: E402
from fleet.lib import clock  # noqa: E402
from tests import personas  # noqa: E402
from tests.builds import makers  # noqa: E402
from tests.simulators.toolchain import SimulatedTools  # noqa: E402

DEAD_FOR = timedelta(hours=1)  # longer than any lease
TARGETS = {
    "compile": "cortex-m0plus",
    "link": "cortex-m4f",
    "prove": "rv32imc",
    "package": "linux-x86_64",
}


def killed_in(tool: str, build: Build) -> None:
    """A worker that reaches the tool and dies there."""
    connections.close_all()
    child = os.fork()
    if child == 0:

        def die(work: Work) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        makers.run(build, SimulatedTools(before={tool: die}), worker="dies")
        os._exit(1)  # it should have been killed
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), status


def facts(build: Build) -> dict[str, object]:
    """What people see of the build."""
    build.refresh_from_db()
    files = dict(Artifact.objects.filter(build=build).values_list("filename", "sha256"))
    return {
        "state": build.state,
        "stage": build.stage,
        "worker": build.worker,
        "attempt": build.attempt,
        "files": files,
    }


def main() -> int:
    """Kill in each stage, then let another worker finish."""
    call_command("migrate", verbosity=0)
    version, found = makers.version(), {}
    for tool, target in TARGETS.items():
        asked = build_request(version=version, targets=[target], by=personas.SYSTEM)
        build = asked[0].build
        killed_in(tool, build)
        after_kill = facts(build)
        makers.run(build, worker="too early")
        too_early = facts(build)
        with clock.fixed(clock.now() + DEAD_FOR):
            builds_sweep()
            finished = facts(makers.run(build, worker="lives"))
        forced = makers.run(makers.request(version, target, force=True))
        found[tool] = [after_kill, too_early, finished, facts(forced)]
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
