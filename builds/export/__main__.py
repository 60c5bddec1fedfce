"""`python -m builds.export`: see `builds.export.cli`; the model is read in the jail, where there is
one.
"""

import sys

from builds.command.jailed import export_in_jail, is_held
from builds.export.cli import main

if __name__ == "__main__":
    sys.exit(main(exports=export_in_jail if is_held() else None))
