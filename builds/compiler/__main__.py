"""The command `python -m builds.compiler`: the model is read in the jail, where there is one."""

import sys

from builds.command.jailed import compile_in_jail, is_held
from builds.compiler.cli import main

if __name__ == "__main__":
    sys.exit(main(runs=compile_in_jail if is_held() else None))
