#!/usr/bin/env python
"""Django's command line for EdgeFleet, in its source tree; `edgefleet-service` once installed."""

from fleet.__main__ import main

if __name__ == "__main__":
    main()
