"""Every button asks for its right: a viewer and a stranger are refused, and looking is no press."""

import pytest
from django.test import Client

from fleet.access.models import AuditEntry
from tests import personas
from tests.fleet.console.world import World

ADDRESSES = {
    "build": "models/{model}/{number}/build",
    "release draft": "models/{model}/{number}/release",
    "alias": "models/{model}/{number}/alias",
    "upload a version": "uploads/version/send",
    "upload a dataset": "uploads/dataset/send",
    "describe a model": "models/{model}/card",
    "describe a version": "models/{model}/{number}/card",
    "delete a model": "models/{model}/standing/delete",
    "delete a version": "models/{model}/{number}/standing/delete",
    "remove an alias": "models/{model}/{number}/alias/remove",
    "approve": "releases/{release}/approve",
    "publish": "releases/{release}/publish",
    "revoke": "releases/{release}/revoke",
    "plan a rollout": "rollouts/create",
    "save a policy": "policies/save",
    "approve a rollout": "rollouts/rol_x/approve",
    "answer a check": "rollouts/checks/chk_x/answer",
    "ask a check again": "rollouts/checks/chk_x/again",
    "new module": "software/new",
    "remove a module": "software/of/swm_x/remove",
    "release modules": "software/release",
    "pardon a device": "devices/{device}/pardon",
    "delete a policy": "policies/of/none/delete",
    "labels": "devices/{device}/labels",
    "many devices": "devices/change",
    "keep a filter": "devices/filters/new",
    "change a filter": "devices/filters/flt_x",
    "delete a filter": "devices/filters/flt_x/delete",
    "new code": "devices/codes/new",
    "revoke a code": "devices/codes/none/revoke",
    "new group": "devices/groups/new",
    "register a device": "devices/register/new",
    "new target token": "devices/{device}/tokens",
    "retire a target token": "devices/{device}/tokens/ctk_x",
    "new gateway token": "devices/groups/of/{group}/tokens",
    "retire a gateway token": "devices/groups/of/{group}/tokens/ctk_x",
    "dismiss an alarm": "devices/{device}/key/dismiss-key",
    "revoke a key": "devices/{device}/key/revoke-key",
    "begin a challenger": "models/{model}/{number}/challenger",
    "stop a challenger": "challengers/shw_x/stop",
    "ask for samples": "captures/ask",
    "approve a capture": "captures/{capture}/approve",
    "stop a capture": "captures/{capture}/stop",
    "mute an incident": "incidents/{incident}/mute",
    "assign an incident": "incidents/{incident}/assign",
}
# Who holds a role, and lacks the right of this button.
OTHERS = {
    "operator": ("build", "alias"),
    "engineer": ("approve", "publish", "plan a rollout", "labels", "new code", "release draft"),
}


def address(world: World, button: str) -> str:
    """Return where a button posts to."""
    return "/console/" + ADDRESSES[button].format(
        model=world.version.model.name,
        number=world.version.number,
        release=world.rollout.release.public_id,
        device=world.device.public_id,
        group=world.rollout.group.name,
        capture=world.capture.public_id,
        incident=world.incident.public_id,
    )


@pytest.mark.parametrize("name", ["viewer", "stranger"])
def test_those_without_the_right_are_refused(world: World, name: str) -> None:
    client = personas.client(name)
    before = AuditEntry.objects.count()
    for button in ADDRESSES:
        assert client.post(address(world, button)).status_code == 403, button
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_each_role_has_buttons_that_are_not_its_own(world: World, name: str) -> None:
    client = personas.client(name)
    for button in OTHERS[name]:
        assert client.post(address(world, button)).status_code == 403, button


def test_looking_is_no_press(world: World) -> None:
    client = personas.client("owner")
    for button in ADDRESSES:
        assert client.get(address(world, button)).status_code == 405, button


def test_nobody_in_particular_is_led_to_the_login(world: World) -> None:
    for button in ADDRESSES:
        answer = Client().post(address(world, button))
        assert answer.headers["Location"].startswith("/console/login/"), button
