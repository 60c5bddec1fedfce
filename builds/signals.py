"""What builds do when the registry has news."""

from typing import Any, Final

from builds.models import Probe
from fleet.lib.jobs import enqueue
from registry.models import ModelVersion

VERSION_PROBE: Final = "builds.tasks.version_probe"


def probe_added_version(sender: Any, version: ModelVersion, **_: Any) -> None:
    """A new version is read in a worker before anything builds it."""
    del sender
    probe = Probe.objects.create(version=version)
    enqueue(VERSION_PROBE, probe.pk)
