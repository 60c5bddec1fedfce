"""Whoever does not hold both keys installs nothing on a real agent, and the device says why."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from securesystemslib.signer import CryptoSigner

from device_agent.errors import ServiceUnreachable
from device_agent.protocol import instruction
from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import SimDevice, enrolled_device
from tests.device_agent.simulators.service import Action

STRANGER = CryptoSigner.generate_ed25519()

Attack = Callable[[SimDevice, Action], None]


def director_forged(device: SimDevice, action: Action) -> None:
    device.service.director = STRANGER


def builder_forged(device: SimDevice, action: Action) -> None:
    device.service.builder = STRANGER


def bytes_swapped(device: SimDevice, action: Action) -> None:
    action.bundle = action.bundle[:-1] + b"x"


def another_bundle(device: SimDevice, action: Action) -> None:
    other = bundle_of("9.0")
    action.bundle = other


def for_another_device(device: SimDevice, action: Action) -> None:
    action.told = replace(action.told, device="dev-2")


def replayed(device: SimDevice, action: Action) -> None:
    action.told = replace(action.told, counter=1)


def expired(device: SimDevice, action: Action) -> None:
    action.told = replace(action.told, expires_at=action.told.issued_at + 1)


def unsigned(device: SimDevice, action: Action) -> None:
    device.service.edit_document = lambda pair: {
        role: {**envelope, "signatures": []}  # type: ignore[dict-item]
        for role, envelope in pair.items()
    }


def roles_swapped(device: SimDevice, action: Action) -> None:
    device.service.edit_document = lambda pair: instruction.dump_pair(
        pair["artifact"], pair["instruction"]
    )


def mislabelled(device: SimDevice, action: Action) -> None:
    """The director alone says that the bytes of 2.0 are 3.0."""
    action.told = replace(action.told, version="3.0")


ATTACKS: list[Attack] = [
    director_forged,
    builder_forged,
    bytes_swapped,
    another_bundle,
    for_another_device,
    replayed,
    expired,
    unsigned,
    roles_swapped,
    mislabelled,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_installed(attack: Attack) -> None:
    device = enrolled_device()
    agent = device.boot()
    device.service.publish("1.0", bundle_of("1.0"))
    device.update(agent)
    honest = device.service.director, device.service.builder
    action = device.service.publish("2.0", bundle_of("2.0"))
    attack(device, action)
    for _ in range(40):
        with contextlib.suppress(
            ServiceUnreachable
        ):  # wrong bytes are a bad network, until they stay
            device.update(agent)
    assert agent.state.active == "a"
    assert agent.state.slots[agent.state.active].version == "1.0"
    assert action.state == "failure"

    device.service.director, device.service.builder = honest
    device.service.edit_document = lambda pair: pair
    mended = device.service.publish("2.0", bundle_of("2.0"))
    device.update(agent)
    assert mended.state == "success"
