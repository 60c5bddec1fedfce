"""`edgefleet-service`, or `python -m fleet`: what `manage.py` does, where the service is installed.

`edgefleet-service up` runs the service of this machine; it writes below `var/` of the current
folder.
"""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from fleet.settings.files import VAR_DIR


def main() -> None:
    """Run one command of Django's or of ours."""
    # Threads of a linear algebra that nobody here needs would forbid to fork, and cost memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
    if sys.argv[1:2] in (["up"], ["web"]):
        # Read when the counters are made: all processes of the service count together.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(VAR_DIR / "metrics"))
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
