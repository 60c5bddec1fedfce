"""A version that devices run or a rollout takes is neither archived nor deleted."""

import pytest

from fleet.devices.models import Device
from fleet.lib.errors import Conflict
from ota import services as ota
from registry.services import entry_archive, entry_delete, entry_holds
from tests.ota import makers
from tests.personas import SYSTEM

pytestmark = pytest.mark.django_db


def test_each_part_of_the_fleet_says_what_it_needs() -> None:
    release = makers.release("1.0")
    devices = makers.devices(2)
    rollout = makers.rollout(release, makers.group(devices), start=False)
    version = release.model_version
    running = {"model": version.model.name, "version": version.label}
    Device.objects.filter(pk=devices[0].pk).update(running=running)
    assert entry_holds(version, deleting=False) == [
        f"1 device runs {version}.",
        f"The rollout {rollout.public_id} to {rollout.group.name} is draft.",
    ]
    assert entry_holds(version, deleting=True)[2:] == [
        f"The release {release.public_id} is published: revoke it first."
    ]
    with pytest.raises(Conflict, match="cannot be deleted now"):
        entry_delete(entry=version.model, by=SYSTEM, reason="x")
    Device.objects.update(state="decommissioned")
    ota.rollout_abort(rollout=rollout, by=SYSTEM)
    entry_archive(entry=version, by=SYSTEM)
    with pytest.raises(Conflict, match="is archived"):
        makers.rollout(release, rollout.group, start=False)
    with pytest.raises(Conflict, match="revoke it first"):
        entry_delete(entry=version, by=SYSTEM, reason="x")
    ota.release_revoke(release=release, by=SYSTEM)
    assert entry_delete(entry=version, by=SYSTEM, reason="x").title == str(version)
