"""MCUmgr alone: test and confirm with two slots, recovery with one, and back where it fails."""

import hashlib

import pytest

from device_agent.errors import ModelBroken, UpdateRefused
from device_agent.gateway.carriers.carrier import ChildImage, TrialVerdict
from device_agent.gateway.carriers.slots import identify
from device_agent.gateway.carriers.stock import StockCarrier
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.link import ChildSilent
from device_agent.protocol.instruction import ArtifactName, Instruction
from tests.device_agent.simulators.device import SimClock
from tests.simulators.chip import MemoryLink
from tests.simulators.mcuboot import SimBoard, boot_image

NEW = boot_image(b"new " * 300)


def image_of(data: bytes) -> ChildImage:
    named = ArtifactName("app.bin", hashlib.sha256(data).hexdigest(), len(data))
    told = Instruction("d", "a", "model", "r", "m", "1", named, 1, "cortex-m3", "ef1", 1, 2, "n")
    return ChildImage(data, told, b"")


def carrier_to(board: SimBoard, *, recovery: int = 0) -> StockCarrier:
    link = MemoryLink(board)  # type: ignore[arg-type]
    link.widen(400)
    asked = Conversation(link, SimClock())
    assert identify(asked) is None
    return StockCarrier(asked, SimClock(), recovery=recovery, boot_digests={})


def carried(carrier: StockCarrier, data: bytes) -> ChildImage:
    image = image_of(data)
    carrier.hold_against(image)
    carrier.send(image, lambda held: None)
    carrier.switch(image)
    return image


def test_an_image_is_tested_then_confirmed() -> None:
    board = SimBoard()
    carrier = carrier_to(board)
    image = carried(carrier, NEW)
    assert carrier.outcome(image).verdict is TrialVerdict.TRIAL
    carrier.confirm(image)
    assert carrier.outcome(image).verdict is TrialVerdict.GOOD
    assert (board.primary, board.confirmed) == (NEW, True)
    assert carrier.runs(image.instruction.artifact.sha256) is True


def test_one_that_is_not_confirmed_goes_back_at_the_next_reset() -> None:
    board = SimBoard()
    factory, carrier = board.primary, carrier_to(board)
    image = carried(carrier, NEW)
    board.reset()
    assert board.primary == factory
    outcome = carrier.outcome(image)
    assert outcome.verdict is TrialVerdict.FELL_BACK
    assert "went back" in outcome.why
    assert carrier.runs(image.instruction.artifact.sha256) is False


def test_one_that_the_boot_loader_does_not_start_is_not_tried() -> None:
    board = SimBoard(starts=lambda image: image != NEW)
    carrier = carrier_to(board)
    image = carried(carrier, NEW)
    assert carrier.outcome(image).verdict is TrialVerdict.FELL_BACK


def test_what_is_there_is_not_sent_again() -> None:
    board = SimBoard(secondary=NEW)
    carried(carrier_to(board), NEW)
    assert board.uploads == 0


def test_one_slot_needs_leave_for_recovery() -> None:
    board = SimBoard(slots=1)
    with pytest.raises(UpdateRefused, match="must allow recovery"):
        carried(carrier_to(board), NEW)
    assert board.primary != NEW


def test_one_slot_is_written_through_the_boot_loader() -> None:
    board = SimBoard(slots=1)
    carrier = carrier_to(board, recovery=512)
    image = carried(carrier, NEW)
    assert carrier.outcome(image).verdict is TrialVerdict.GOOD
    assert (board.primary, board.in_boot_loader) == (NEW, False)


def test_recovery_that_was_cut_goes_on() -> None:
    board = SimBoard(slots=1, in_boot_loader=True, primary=b"")
    carrier = carrier_to(board, recovery=512)
    image = carried(carrier, NEW)
    assert carrier.outcome(image).verdict is TrialVerdict.GOOD


def test_an_image_that_does_not_start_at_all_is_broken() -> None:
    board = SimBoard(slots=1, starts=lambda image: image != NEW)
    with pytest.raises(ModelBroken, match="does not start the image"):
        carried(carrier_to(board, recovery=512), NEW)
    assert board.in_boot_loader  # where it takes another one


def test_a_child_in_its_boot_loader_is_left_alone_without_leave() -> None:
    board = SimBoard(in_boot_loader=True)
    with pytest.raises(ChildSilent, match="waits in its boot loader"):
        carried(carrier_to(board), NEW)
    assert board.uploads == 0


@pytest.mark.parametrize("data", [b"", b"EFM1" + bytes(300), NEW[:20], NEW[:-40]])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    board = SimBoard()
    with pytest.raises(UpdateRefused):
        carried(carrier_to(board), data)
    assert board.uploads == 0
