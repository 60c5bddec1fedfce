#!/usr/bin/env python
"""Django's command line for EdgeFleet."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # Threads of a linear algebra that nobody here needs would forbid to fork, and cost memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet.settings")
    execute_from_command_line(sys.argv)
