"""News that the registry sends upwards; it knows nobody who listens.

`version_offered(content, format)`: a file is about to become a version. A receiver may raise a
FleetError, and the push is then refused with nothing changed. `version_added(version)`: a version
is pending; sent in its transaction. Who knows how looks at it and calls
`registry.services.version_admit` or `version_reject`.
"""

from django.dispatch import Signal

version_offered = Signal()
version_added = Signal()
