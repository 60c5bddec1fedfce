"""Modules of other makers in a release: whether they may leave, and which devices they are for."""

from collections.abc import Iterable, Sequence

from fleet.devices.models import Device
from fleet.lib import clock
from ota.foreign.facts import Seal
from ota.models import SoftwareModule


def module_objections(modules: Iterable[SoftwareModule]) -> list[str]:
    """Return one sentence for each reason why modules may not be published."""
    found = []
    for module in modules:
        files = list(module.files.all())
        if not files:
            found.append(f"the module {module} has no file")
        found += [
            f"{each.filename} of {module} is broken: {str(each.facts.get('sentence')).rstrip('.')}"
            for each in files
            if each.facts.get("seal") == Seal.BROKEN
        ]
    return found


def modules_for(modules: Sequence[SoftwareModule], target: str) -> list[SoftwareModule]:
    """Return the modules that devices of a target are told of."""
    return [module for module in modules if module.target in ("", target)]


def incompatible(modules: Sequence[SoftwareModule], device: Device) -> str:
    """Return why a device cannot take the modules that are meant for its target; or nothing."""
    now = clock.now()
    for module in modules_for(modules, device.target):
        if module.compatible and not device.fits(module.compatible, now):
            return f"{module} is only for devices with {module.compatible}"
    return ""
