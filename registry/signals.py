"""News that the registry sends upwards; it knows nobody who listens.

`version_added(version)`: a version is pending; sent in its transaction. The receiver looks at it
and calls `registry.services.version_admit` or `version_reject`.
"""

from django.dispatch import Signal

version_added = Signal()
