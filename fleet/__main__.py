"""`edgefleet-service`, or `python -m fleet`: what `manage.py` does, where the service is installed.

`edgefleet-service up` runs the service of this machine; it writes below `var/` of the current
folder.
"""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command of Django's or of ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
