"""Microcontrollers behind a gateway take part in rollouts as devices of their own."""

from dataclasses import replace

import pytest

from device_agent.protocol.chip.image import parse_model_image
from device_agent.protocol.chip.smp_group import SlotState
from device_agent.protocol.frame import Frame, FrameFlags, pack_counts
from device_agent.protocol.schema import parse_schema
from fleet.devices import services as devices
from fleet.telemetry.models import Report
from ota import selectors, services
from tests.agent_and_service import children
from tests.agent_and_service.children import RealGateway, gateway, model_image, offer
from tests.agent_and_service.device import state_of
from tests.personas import SYSTEM
from tests.simulators.chip import CRASHES, WRONG, MemoryLink, SimChip

pytestmark = pytest.mark.django_db

QUIET = {"mcu-1": ""}


@pytest.fixture
def chip() -> SimChip:
    return SimChip()


@pytest.fixture
def house(chip: SimChip) -> RealGateway:
    made = gateway({"mcu-1": chip})
    assert made.boot().round() == QUIET
    return made


def link_of(house: RealGateway) -> MemoryLink:
    link = house.links["mcu-1"]
    assert isinstance(link, MemoryLink)
    return link


def runs(chip: SimChip, image: bytes) -> bool:
    slot = chip.flash.slots[chip.flash.active]
    return slot.state is SlotState.GOOD and chip.flash.images[chip.flash.active] == image


def test_a_chip_takes_an_update_from_a_rollout(chip: SimChip, house: RealGateway) -> None:
    row, image = house.row("mcu-1"), model_image("one")
    assert (row.behind, row.target, row.state) == (house.device.row, "cortex-m4f", "accepted")
    (assignment,) = offer([row], children.release("1.0", image))
    assert house.boot().round() == QUIET
    assert state_of(assignment) == "succeeded"
    assert runs(chip, image)
    row.refresh_from_db()
    assert row.running["version"] == "1.0"
    assert row.attributes["kind"] == "microcontroller"
    assert row.attributes["gateway"] == "cam-01"
    assert "good" in row.attributes["slots"]


def test_the_second_image_leaves_the_first_in_its_slot(chip: SimChip, house: RealGateway) -> None:
    images = [model_image("one"), model_image("two", counter=2)]
    agent = house.boot()
    for number, image in enumerate(images):
        released = children.release(f"{number + 1}.0", image)
        (assignment,) = offer([house.row("mcu-1")], released, f"boards-{number}")
        assert agent.round() == QUIET
        assert state_of(assignment) == "succeeded"
    assert runs(chip, images[1])
    assert sorted(chip.flash.images.values()) == sorted(images)
    assert chip.flash.lowest == 2


def test_a_wrong_weight_is_refused_by_the_chips_own_vectors(
    chip: SimChip, house: RealGateway
) -> None:
    image = model_image(WRONG.decode())
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert assignment.cause == "install"
    assert chip.flash.slots[0].state is SlotState.BAD


def test_one_that_crashes_on_trial_goes_back_and_says_why(
    chip: SimChip, house: RealGateway
) -> None:
    good, bad = model_image("one"), model_image(CRASHES.decode(), counter=2)
    offer([house.row("mcu-1")], children.release("1.0", good))
    house.boot().round()
    (assignment,) = offer([house.row("mcu-1")], children.release("2.0", bad), "again")
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert "restarted on trial" in assignment.text
    assert runs(chip, good)


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (model_image("one", target="cortex-m0plus"), "for another target"),
        (model_image("one", size=100_000), "a slot of the child 65536"),
        (model_image("one")[:-1], "announces"),
        (b"\x7fELF" + bytes(400), "not a model image"),
    ],
)
def test_an_image_that_is_not_for_it_is_refused_before_a_byte_is_sent(
    chip: SimChip, house: RealGateway, image: bytes, sentence: str
) -> None:
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert sentence in assignment.text
    assert chip.uploaded == 0


def test_a_counter_below_the_chips_is_refused(chip: SimChip, house: RealGateway) -> None:
    chip.flash.lowest = 5
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", model_image("one")))
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert "accepts 5 and more" in assignment.text
    assert chip.uploaded == 0


def test_a_pulled_cable_costs_time_and_nothing_else(chip: SimChip, house: RealGateway) -> None:
    image = model_image("one", size=6000)
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
    chip.deaf_after = lambda number, request: number > chip_asked + 12
    chip_asked = chip.asked
    trouble = house.boot().round()["mcu-1"]
    assert "does not answer" in trouble
    held = chip.uploaded
    assert 0 < held < len(image)
    chip.deaf_after = lambda number, request: False
    assert house.boot().round() == QUIET  # another process of the gateway, too
    assert state_of(assignment) == "succeeded"
    assert runs(chip, image)
    assert chip.uploaded < len(image) + 3000  # it went on, and did not begin again


def test_a_chip_that_restarts_in_the_middle_still_gets_it(
    chip: SimChip, house: RealGateway
) -> None:
    image = model_image("one")
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
    chip.restarts_at = {chip.asked + number for number in (6, 11, 15)}
    house.boot().round()
    house.boot().round()
    assert state_of(assignment) == "succeeded"
    assert runs(chip, image)


@pytest.mark.parametrize("deaf_at", [3, 9, 14])
def test_any_one_answer_may_be_lost(chip: SimChip, house: RealGateway, deaf_at: int) -> None:
    image = model_image("one")
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", image))
    lost = chip.asked + deaf_at
    chip.deaf_after = lambda number, request: number == lost
    house.boot().round()
    assert state_of(assignment) == "succeeded"
    assert runs(chip, image)


def test_many_children_share_one_download() -> None:
    chips = {f"mcu-{number}": SimChip(hardware_id=bytes([number]) * 8) for number in range(1, 5)}
    house = gateway(chips)
    agent = house.boot()
    agent.round()
    image = model_image("one")
    rows = [house.row(name) for name in chips]
    assignments = offer(rows, children.release("1.0", image))
    for _ in range(3):  # a wave each
        agent.round()
        services.rollout_tick(assignments[0].rollout_id)
    assert [state_of(each) for each in assignments] == ["succeeded"] * 4
    assert all(runs(chip, image) for chip in chips.values())
    assert agent.house.shelf.downloads == 1


def test_a_gateway_with_a_full_disk_says_so_and_its_child_runs_on(
    chip: SimChip, house: RealGateway
) -> None:
    good = model_image("one")
    offer([house.row("mcu-1")], children.release("1.0", good))
    house.boot().round()
    house.shelf.room = 10
    (assignment,) = offer(
        [house.row("mcu-1")], children.release("2.0", model_image("two", counter=2)), "again"
    )
    house.boot().round()
    assert state_of(assignment) == "failed"
    assert "bytes, 10 are free" in assignment.text
    assert runs(chip, good)


def test_a_window_of_a_chip_is_counted_as_its_own(chip: SimChip, house: RealGateway) -> None:
    from builds.selectors import telemetry_schema
    from fleet.telemetry.services import schema_register

    released = children.release("1.0", model_image("one"))
    schema_register(released.model_version)
    schema = parse_schema(telemetry_schema(released.model_version))
    offer([house.row("mcu-1")], released)
    agent = house.boot()
    agent.round()
    counts = pack_counts([1] + [0] * (schema.layout.total - 1))
    window = Frame(schema.schema_id, chip.flash.boots, 1, 900, 60, 1, FrameFlags.NONE, counts)
    chip.up_seconds = 1000
    chip.seal(window)
    chip.seal(replace(window, seq=2))
    lost = chip.asked + 6
    chip.deaf_after = lambda number, request: number == lost
    agent.round()
    assert chip.flash.windows == []
    reports = Report.objects.filter(device=house.row("mcu-1"))
    assert reports.count() == 2
    # By the chip's own clock, whatever the gateway's is: it ended 40 seconds before it was told.
    ages = [round((each.received_at - each.closed_at).total_seconds()) for each in reports]
    assert ages == [40, 40]
    assert Report.objects.filter(device=house.device.row).count() == 0


def test_a_window_that_is_no_frame_does_not_stand_before_the_others(
    chip: SimChip, house: RealGateway
) -> None:
    chip.flash.windows.append((1, 1, b"rubbish"))
    assert house.boot().round() == QUIET
    assert chip.flash.windows == []


def test_a_chip_that_was_flashed_by_hand_is_noticed(chip: SimChip, house: RealGateway) -> None:
    (assignment,) = offer([house.row("mcu-1")], children.release("1.0", model_image("one")))
    house.boot().round()
    other = SimChip(flash=replace(chip.flash))
    chip.flash.slots[chip.flash.active] = replace(
        chip.flash.slots[chip.flash.active], digest=bytes(32)
    )
    house.boot().round()
    assert house.row("mcu-1").running == {}
    assert "runs no model" in selectors.device_explanation(house.row("mcu-1"))
    assert state_of(assignment) == "failed"
    assert other.flash.active == chip.flash.active


def test_what_was_signed_reaches_the_chip_unchanged(chip: SimChip, house: RealGateway) -> None:
    image = model_image("one", counter=9)
    offer([house.row("mcu-1")], children.release("1.0", image))
    house.boot().round()
    assert parse_model_image(chip.flash.images[chip.flash.active]).counter == 9
    assert chip.flash.lowest == 9


def test_a_gateway_that_an_operator_rejects_speaks_for_no_child(
    chip: SimChip, house: RealGateway
) -> None:
    agent = house.boot()
    devices.device_reject(device=house.device.row, by=SYSTEM)
    assert "does not take part" in agent.round()["mcu-1"]
    devices.device_accept(device=house.device.row, by=SYSTEM)
    assert agent.round() == QUIET


def test_the_link_is_let_go_at_the_end(house: RealGateway) -> None:
    agent = house.boot()
    agent.stop()
    assert link_of(house).closed == 1
