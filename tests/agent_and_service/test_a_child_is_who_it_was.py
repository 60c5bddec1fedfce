"""A gateway vouches for what it finds on its lines, and speaks for the board that was there."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from fleet.devices.enrolment import children as childhood
from fleet.devices.models import Device
from fleet.lib import clock
from ota import selectors
from ota.models import Instruction
from tests.agent_and_service import children
from tests.agent_and_service.children import gateway, model_image, offer
from tests.personas import SYSTEM
from tests.simulators.chip import MemoryLink, SimChip

pytestmark = pytest.mark.django_db


def test_a_child_that_waits_is_polled_for_once_it_is_accepted() -> None:
    house = gateway({"mcu-1": SimChip()}, accepts=False)
    agent = house.boot()
    assert "waits until an operator accepts it" in agent.round()["mcu-1"]
    childhood.children_accept(device=house.device.row, by=SYSTEM)
    assert agent.round() == {"mcu-1": ""}


def test_another_board_on_the_line_is_not_spoken_for() -> None:
    house = gateway({"mcu-1": SimChip()})
    house.boot().round()
    house.links["mcu-1"] = MemoryLink(SimChip(hardware_id=b"\x09" * 8))
    seen = house.row("mcu-1").last_seen_at
    assert "Another board answers as 'mcu-1'" in house.boot().round()["mcu-1"]
    assert house.row("mcu-1").last_seen_at == seen


def test_two_lines_to_one_board_are_noticed() -> None:
    chip = SimChip()
    house = gateway({"mcu-1": chip, "mcu-2": chip})
    troubles = house.boot().round()
    assert troubles["mcu-1"] == ""
    assert "answers as 'mcu-2' and as 'mcu-1'" in troubles["mcu-2"]
    assert not Device.objects.filter(controller_id="mcu-2").exists()


def test_a_board_that_is_another_target_now_is_not_spoken_for() -> None:
    chip = SimChip()
    house = gateway({"mcu-1": chip})
    house.boot().round()
    chip.target = "cortex-m0plus"
    agent = house.boot()
    assert "enrolled was a 'cortex-m4f'" in agent.round()["mcu-1"]
    assert house.row("mcu-1").target == "cortex-m4f"


def test_a_silent_child_is_told_apart_from_a_silent_gateway() -> None:
    chip = SimChip()
    house = gateway({"mcu-1": chip})
    agent = house.boot()
    agent.round()
    offer([house.row("mcu-1")], children.release("1.0", model_image("one")))
    chip.powered = False
    assert "does not answer" in agent.round()["mcu-1"]
    long_ago = clock.now() - timedelta(hours=3)
    Device.objects.filter(controller_id="mcu-1").update(last_seen_at=long_ago)
    sentence = selectors.device_explanation(house.row("mcu-1"))
    assert sentence == (
        "Its gateway cam-01 is heard, but does not reach it: the device was last heard 3 h ago."
    )
    Device.objects.filter(controller_id="cam-01").update(last_seen_at=long_ago)
    sentence = selectors.device_explanation(house.row("mcu-1"))
    assert sentence == "It waits for its gateway cam-01, last heard 3 h ago."


def test_an_instruction_that_nobody_signed_sends_no_byte_to_the_chip() -> None:
    """Somebody writes the service's database, past its rules, but cannot sign."""
    chip = SimChip()
    house = gateway({"mcu-1": chip})
    agent = house.boot()
    agent.round()
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", model_image("one")))
    row = Instruction.objects.get(assignment=assignment)
    unsigned = json.dumps({**row.envelope, "signatures": []})
    with connection.cursor() as cursor:
        table = Instruction._meta.db_table
        cursor.execute(f"UPDATE {table} SET envelope = %s WHERE id = %s", [unsigned, row.pk])
    agent.round()
    assignment.refresh_from_db()
    assert (assignment.state, assignment.cause) == ("failed", "verify")
    assert chip.uploaded == 0
    assert chip.flash.images == {}
