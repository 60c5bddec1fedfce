"""What builds do when the registry has news, and when a worker starts; and their own news.

`build_failed(build)`: a build failed or was refused; sent once its row says so.
"""

import logging
from typing import Any, Final

from django.db import DatabaseError
from django.dispatch import Signal

from builds import keyring
from builds.choices import KeyRole
from builds.keyring import process as process_keys
from builds.models import Probe
from fleet.lib.errors import FleetError
from fleet.lib.jobs import enqueue
from registry.models import ModelVersion

log = logging.getLogger(__name__)
build_failed = Signal()
VERSION_PROBE: Final = "builds.tasks.version_probe"


def probe_added_version(sender: Any, version: ModelVersion, **_: Any) -> None:
    """A new version is read in a worker before anything builds it."""
    del sender
    probe = Probe.objects.create(version=version)
    enqueue(VERSION_PROBE, probe.pk)


def publish_keys(sender: Any = None, **_: Any) -> None:
    """A worker that starts opens the keys of its kind, so that the web process can name them."""
    del sender
    held = process_keys.held_by(process_keys.here())
    try:
        keyring.keys_ensure([role for role in KeyRole if role in held])
    except (FleetError, DatabaseError) as error:
        # The worker still serves what needs no key; each signature will say what is wrong.
        log.warning("the signing keys are not ready: %s", error)
