"""Plain functions that make software of other makers, and rollouts of it."""

import io
from typing import Any

from fleet.devices.enrolment.join import FOREIGN_TARGET
from fleet.devices.models import Device
from ota import services
from ota.models import Assignment, Release, SoftwareModule
from tests.ota import makers
from tests.personas import SYSTEM

DATA = b"an image of another maker " * 100


def module(
    *files: tuple[str, bytes], name: str = "system", version: str = "1.0", **said: Any
) -> SoftwareModule:
    """A module with files; one of them, if none is named."""
    said = {"type": "os"} | said
    made = services.software_module_create(by=SYSTEM, name=name, version=version, **said)
    for filename, data in files or (("image.bin", DATA),):
        services.software_file_add(
            by=SYSTEM, module=made, filename=filename, content=io.BytesIO(data)
        )
    return made


def release(*modules: SoftwareModule, name: str = "gateway", label: str = "1.0") -> Release:
    """A published release of modules alone."""
    made = services.release_create_named(by=SYSTEM, name=name, label=label, modules=modules)
    services.release_approve(by=SYSTEM, release=made)
    return services.release_publish(by=SYSTEM, release=made)


def offered(
    *modules: SoftwareModule, delivery: dict[str, Any] | None = None, **device: Any
) -> tuple[Device, Assignment]:
    """A device that is offered a release of modules."""
    device = {"target": FOREIGN_TARGET} | device
    found = makers.devices(1, **device)[0]
    overrides: dict[str, Any] = {"delivery": delivery} if delivery else {}
    rollout = makers.rollout(release(*modules), makers.group([found]), **overrides)
    services.rollout_tick(rollout.pk)
    return found, Assignment.objects.get(rollout=rollout)
