"""News that devices send upwards; they do not know their listeners.

`device_leaves(device, reason)`: a device is about to be rejected, decommissioned, or to lose its
key. Sent in the transaction of that act and before the device's row changes, so that receivers
lock their own rows first, as requests of the device do. `reason` is half a sentence.
"""

from django.dispatch import Signal

device_leaves = Signal()
