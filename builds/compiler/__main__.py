"""The command `python -m builds.compiler`: the model is read in the jail, where there is one."""

import sys

from builds.compiler.cli import main
from builds.jailed.commands import compile_in_jail, is_held

if __name__ == "__main__":
    sys.exit(main(runs=compile_in_jail if is_held() else None))
