"""News that the registry sends upwards; it knows nobody who listens.

`version_added(version)`: a version is pending; sent in its transaction. The receiver looks at it
and calls `registry.services.version_admit` or `version_reject`.

`version_decided(version)`: a version was admitted or rejected; sent in that transaction.

`versions_leave(versions, deleting)`: versions are about to be archived, or deleted. Receivers
return what still needs them, a sentence each; sent again for every attempt, and to show it.
"""

from django.dispatch import Signal

version_added = Signal()
version_decided = Signal()
versions_leave = Signal()
