"""Who may call a device's routes, and everybody else with the status that stops them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.test import Client

from fleet.access.rules.roles import SCOPES
from fleet.devices.keys import session_token as sessions
from fleet.devices.models import Device, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib import clock
from ota.models import Assignment
from tests import personas
from tests.ota import makers
from tests.simulators.fleet import caller as signed_in


@dataclass
class Scene:
    """A device with something to do, its group, and a stranger in a group of its own."""

    device: Device
    assignment: Assignment
    stranger: Device
    strangers: Group

    @classmethod
    def make(cls) -> "Scene":
        device, _, assignment = makers.lonely()
        stranger = makers.devices(1, prefix="eve")[0]
        return cls(device, assignment, stranger, makers.group([stranger], "elsewhere"))

    @property
    def group(self) -> Group:
        return Group.objects.get(groupmember__device=self.device)

    def becomes(self, state: str) -> Client:
        """The device itself, in another state."""
        client = signed_in(self.device)
        Device.objects.filter(pk=self.device.pk).update(state=state)
        return client


def bearing(scheme: str, secret: str) -> Client:
    return Client(headers={"authorization": f"{scheme} {secret}"})


def person(_: Scene) -> Client:
    client = Client()
    client.force_login(personas.user("owner"))
    return client


def person_with_token(_: Scene) -> Client:
    return bearing("Bearer", personas.token("owner", sorted(SCOPES))[1])


def person_with_token_as_a_device(_: Scene) -> Client:
    return bearing("DeviceToken", personas.token("owner", sorted(SCOPES))[1])


def expired(scene: Scene) -> Client:
    ago = timedelta(seconds=settings.EDGEFLEET_SESSION_SECONDS + 1)
    with clock.fixed(clock.now() - ago):
        return signed_in(scene.device)


def of_an_older_key(scene: Scene) -> Client:
    client = signed_in(scene.device)
    Device.objects.filter(pk=scene.device.pk).update(key_fingerprint="0" * 64)
    return client


def of_an_older_run(scene: Scene) -> Client:
    client = bearing(
        "DeviceToken",
        sessions.token_new(scene.device.public_id, scene.device.key_fingerprint, "run 1"),
    )
    Device.objects.filter(pk=scene.device.pk).update(instance="run 2")
    return client


def target_token(scene: Scene) -> Client:
    return bearing("TargetToken", tokens.token_issue(holder=scene.device, by=personas.SYSTEM)[1])


def retired_target_token(scene: Scene) -> Client:
    token, secret = tokens.token_issue(holder=scene.device, by=personas.SYSTEM)
    tokens.token_retire(token=token, by=personas.SYSTEM)
    return bearing("TargetToken", secret)


def gateway(scene: Scene) -> Client:
    return bearing("GatewayToken", tokens.token_issue(holder=scene.group, by=personas.SYSTEM)[1])


def retired_gateway(scene: Scene) -> Client:
    token, secret = tokens.token_issue(holder=scene.group, by=personas.SYSTEM)
    tokens.token_retire(token=token, by=personas.SYSTEM)
    return bearing("GatewayToken", secret)


def foreign_gateway(scene: Scene) -> Client:
    secret = tokens.token_issue(holder=scene.strangers, by=personas.SYSTEM)[1]
    return bearing("GatewayToken", secret)


def gateway_of_a_pending_device(scene: Scene) -> Client:
    scene.becomes("pending")
    return gateway(scene)


MAY: Final[dict[str, Callable[[Scene], Client]]] = {
    "the device": lambda scene: signed_in(scene.device),
    "its target token": target_token,
    "its gateway": gateway,
}
MAY_NOT: Final[dict[str, tuple[int, Callable[[Scene], Client]]]] = {
    "nobody": (401, lambda _: Client()),
    "a person": (401, person),
    "a person's token": (401, person_with_token),
    "a person's token as a device's": (401, person_with_token_as_a_device),
    "an expired session": (401, expired),
    "a session of an older key": (401, of_an_older_key),
    "a session of an older run": (401, of_an_older_run),
    "a retired target token": (401, retired_target_token),
    "a retired gateway": (401, retired_gateway),
    "another device": (404, lambda scene: signed_in(scene.stranger)),
    "a foreign gateway": (404, foreign_gateway),
    "a gateway of a pending device": (404, gateway_of_a_pending_device),
    "pending": (403, lambda scene: scene.becomes("pending")),
    "rejected": (403, lambda scene: scene.becomes("rejected")),
    "decommissioned": (410, lambda scene: scene.becomes("decommissioned")),
}
