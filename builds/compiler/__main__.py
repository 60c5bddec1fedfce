"""The command `python -m builds.compiler`."""

import sys

from builds.compiler.cli import main

if __name__ == "__main__":
    sys.exit(main())
