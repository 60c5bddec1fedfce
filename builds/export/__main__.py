"""`python -m builds.export`: see `builds.export.cli`."""

import sys

from builds.export.cli import main

if __name__ == "__main__":
    sys.exit(main())
