"""Where the chip verifies a switch, whoever holds its gateway cannot make it run anything."""

import hashlib
import json
from dataclasses import replace

import pytest

from device_agent.errors import UpdateRefused
from device_agent.gateway.carriers.carrier import ChildImage, TrialVerdict
from device_agent.gateway.carriers.slots import ChipCarrier, identify
from device_agent.gateway.line.conversation import Conversation
from device_agent.protocol import fields
from device_agent.protocol.chip.image import ModelImage, dump_model_image, target_digest
from device_agent.protocol.chip.smp_group import SlotState, Strength
from device_agent.protocol.chip.switch import switch_mac
from device_agent.protocol.instruction import ArtifactName, Instruction
from tests.device_agent.simulators.device import SimClock
from tests.simulators.chip import MemoryLink, SimChip

SECRET = b"known to chip and service only.."
HEADER = ModelImage(0, 0, 0, 0, 0, 4, target_digest("cortex-m4f"), bytes(32), bytes(32))


def image_of(text: bytes, *, mac_by: bytes = b"", chip: SimChip) -> ChildImage:
    """An image, and beside its documents the MAC that this secret makes."""
    data = dump_model_image(HEADER, text)
    sha = hashlib.sha256(data).hexdigest()
    told = Instruction(
        "d",
        "a",
        "model",
        "r",
        "m",
        "1",
        ArtifactName("m", sha, len(data)),
        1,
        "cortex-m4f",
        "ef1",
        1,
        2,
        "n",
    )
    document = {}
    if mac_by:
        mac = switch_mac(mac_by, chip.hardware_id, bytes.fromhex(sha), HEADER.counter)
        named = {"sha": sha, "counter": HEADER.counter, "mac": fields.base64_text(mac)}
        document = {"switch": named}
    return ChildImage(data, told, json.dumps(document).encode())


def carrier_to(chip: SimChip) -> ChipCarrier:
    asked = Conversation(MemoryLink(chip), SimClock())
    identity = identify(asked)
    assert identity is not None
    return ChipCarrier(asked, identity, SimClock())


def chip_of(strength: Strength) -> SimChip:
    return SimChip(strength=strength, secret=SECRET)


def test_with_the_services_mac_a_chip_takes_it() -> None:
    chip = chip_of(Strength.HMAC)
    carrier, image = carrier_to(chip), image_of(b"good", mac_by=SECRET, chip=chip)
    carrier.hold_against(image)
    carrier.send(image, lambda held: None)
    carrier.switch(image)
    carrier.confirm(image)
    assert carrier.outcome(image).verdict is TrialVerdict.GOOD


def test_a_stolen_gateway_cannot_make_a_mac() -> None:
    chip = chip_of(Strength.HMAC)
    carrier, image = carrier_to(chip), image_of(b"evil", mac_by=b"guessed" * 4, chip=chip)
    carrier.send(image, lambda held: None)
    with pytest.raises(UpdateRefused, match="does not find the instruction authentic"):
        carrier.switch(image)
    assert chip.flash.slots[0].state is SlotState.READY  # it lies there, and never runs


def test_nor_use_one_for_another_image_or_another_chip() -> None:
    chip = chip_of(Strength.HMAC)
    other = replace(chip, hardware_id=b"\x07" * 8)
    carrier = carrier_to(chip)
    foreign = image_of(b"good", mac_by=SECRET, chip=other)
    carrier.send(foreign, lambda held: None)
    with pytest.raises(UpdateRefused, match="authentic"):
        carrier.switch(foreign)
    good, evil = image_of(b"good", mac_by=SECRET, chip=chip), image_of(b"evil", chip=chip)
    with pytest.raises(UpdateRefused, match="for another image"):
        carrier.hold_against(replace(evil, document=good.document))


@pytest.mark.parametrize("strength", [Strength.HMAC, Strength.ED25519])
def test_an_honest_gateway_sends_nothing_that_the_chip_will_refuse(strength: Strength) -> None:
    chip = chip_of(strength)
    with pytest.raises(UpdateRefused, match="verifies switches itself"):
        carrier_to(chip).hold_against(image_of(b"good", chip=chip))
    assert chip.uploaded == 0


def test_a_chip_that_leaves_it_to_its_gateway_believes_it() -> None:
    """What strength 0 means, in a test: such a chip is as safe as its gateway."""
    chip = chip_of(Strength.GATEWAY)
    carrier, image = carrier_to(chip), image_of(b"evil", chip=chip)
    carrier.send(image, lambda held: None)
    carrier.switch(image)
    assert carrier.outcome(image).verdict is TrialVerdict.TRIAL
