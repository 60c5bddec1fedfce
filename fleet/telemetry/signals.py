"""What telemetry asks of parts above it.

`version_given` (arguments `device_id`, `version_id`): a receiver answers True when the device was
told to run the version, False when it was told to run others only, None when it was told nothing.

`rollout_wanted` (argument `version_id`): a receiver answers with the public id of the newest
rollout that gives devices the version, or None.
"""

from django.dispatch import Signal

version_given = Signal()
rollout_wanted = Signal()
