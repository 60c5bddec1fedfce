"""`python -m builds.export`: see `builds.export.cli`; the model is read in the jail, where there is
one.
"""

import sys

from builds.export.cli import main
from builds.jailed.commands import export_in_jail, is_held

if __name__ == "__main__":
    sys.exit(main(exports=export_in_jail if is_held() else None))
