#!/usr/bin/env python
"""Django's command line for EdgeFleet, in its source tree; `edgefleet-service` once installed."""

import os
from pathlib import Path

from fleet.__main__ import main

if __name__ == "__main__":
    # What it starts runs this very code, whatever is installed and wherever it was called.
    here = str(Path(__file__).resolve().parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    main()
