"""Security counters: what a bootloader compares, and so what may never go down.

* A release's counter is at least that of every release of its model before it.
* The images that a release ships carry its counter: builds ask here (`EDGEFLEET_SECURITY_COUNTER`)
  for the number of the version's release, or of the one that it would get.
"""

from django.db.models import Max

from ota.engine.states import ReleaseState
from ota.models import Release
from registry.models import Model, ModelVersion

FIRST = 1


def security_counter(version: ModelVersion) -> int:
    """Return what an image of this version carries from now on."""
    own = Release.objects.filter(version=version).exclude(state=ReleaseState.REVOKED).first()
    return own.counter if own is not None else counter_floor(version.model)


def counter_floor_named(name: str) -> int:
    """Return the least that a new release of other makers' software of this name may have."""
    highest = Release.objects.filter(version=None, name=name).aggregate(Max("counter"))
    return int(highest["counter__max"] or FIRST)


def counter_floor(model: Model) -> int:
    """Return the least that a new release of the model may have."""
    highest = Release.objects.filter(version__model=model).aggregate(Max("counter"))
    return int(highest["counter__max"] or FIRST)
