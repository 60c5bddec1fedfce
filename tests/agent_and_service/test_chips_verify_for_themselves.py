"""A chip that verifies switches itself takes a model from the service, and from nobody else."""

import pytest

from device_agent.protocol.chip.smp_group import Strength
from device_agent.protocol.chip.switch import switch_mac
from fleet.devices.keys.chip_secret import chip_secret_set
from ota.models import Instruction
from ota.trust.keys import active_keys, key_store
from tests.agent_and_service import children
from tests.agent_and_service.children import RealGateway, gateway, model_image, offer
from tests.agent_and_service.device import state_of
from tests.ota import makers
from tests.personas import SYSTEM
from tests.simulators.chip import SimChip

pytestmark = pytest.mark.django_db

SECRET = bytes(range(32))
IMAGE = model_image("one", counter=3)


def joined(chip: SimChip) -> RealGateway:
    house = gateway({"mcu-1": chip})
    assert house.boot().round() == {"mcu-1": ""}
    return house


def test_an_hmac_with_the_chips_own_secret_lets_it_switch() -> None:
    chip = SimChip(strength=Strength.HMAC, secret=SECRET)
    house = joined(chip)
    chip_secret_set(device=house.row("mcu-1"), by=SYSTEM, secret=SECRET.hex())
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", IMAGE))
    house.boot().round()
    assert state_of(assignment) == "succeeded"
    assert house.row("mcu-1").attributes["strength"] == "hmac"
    assert chip.flash.lowest == 3


def test_a_secret_that_the_service_has_not_is_asked_for_before_a_byte_is_sent() -> None:
    chip = SimChip(strength=Strength.HMAC, secret=SECRET)
    house = joined(chip)
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", IMAGE))
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert "verifies switches itself (HMAC)" in assignment.text
    assert chip.uploaded == 0


def test_another_secret_is_found_by_the_chip() -> None:
    chip = SimChip(strength=Strength.HMAC, secret=SECRET)
    house = joined(chip)
    made = chip_secret_set(device=house.row("mcu-1"), by=SYSTEM)
    assert bytes.fromhex(made) != SECRET
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", IMAGE))
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert "authentic" in assignment.text
    assert chip.flash.lowest == 0


def test_the_directors_signature_lets_a_chip_of_strength_two_switch() -> None:
    public = active_keys.director(key_store.book()).public_key.keyval["public"]
    chip = SimChip(strength=Strength.ED25519, secret=bytes.fromhex(public))
    house = joined(chip)
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", IMAGE))
    house.boot().round()
    assert state_of(assignment) == "succeeded"


def test_the_secret_itself_never_comes_near_the_gateway() -> None:
    chip = SimChip(strength=Strength.HMAC, secret=SECRET)
    house = joined(chip)
    row = house.row("mcu-1")
    chip_secret_set(device=row, by=SYSTEM, secret=SECRET.hex())
    offer([row], children.release("1.0", IMAGE))
    told = Instruction.objects.get(device=row)
    counter, digest = told.switch["counter"], bytes.fromhex(told.switch["sha"])
    mac = switch_mac(SECRET, chip.hardware_id, digest, counter)
    assert len(mac) == 32
    assert counter == 3
    house.boot().round()
    kept = b"".join(bytes(node.data) for node in house.storages["mcu-1"].files.values())
    assert SECRET not in kept
    assert SECRET.hex().encode() not in kept


def test_a_device_that_is_no_chip_gets_none_of_it() -> None:
    device = makers.devices(1, target=children.TARGET, prefix="lone")[0]
    offer([device], children.release("1.0", IMAGE))
    assert Instruction.objects.get(device=device).switch is None
