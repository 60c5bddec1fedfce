"""What telemetry asks of parts above it.

`version_given` (arguments `device_id`, `version_id`): a receiver answers True when the device was
told to run the version, False when it was told to run others only, None when it was told nothing.

`capture_completed` (arguments `capture`, `dataset`, public ids) is sent after captured samples have
become a dataset; what receivers return counts for nothing.

`rollout_wanted` (argument `version_id`): a receiver answers with the public id of the newest
rollout that gives devices the version, or None.
"""

from django.dispatch import Signal

version_given = Signal()
capture_completed = Signal()
rollout_wanted = Signal()
