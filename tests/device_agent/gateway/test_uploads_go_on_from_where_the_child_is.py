"""Pieces get lost, children forget, offsets lie: the image arrives, or a sentence says why not."""

import hashlib

import pytest

from device_agent.errors import DownloadStuck
from device_agent.gateway.line.conversation import Conversation
from device_agent.gateway.line.link import ChildSilent
from device_agent.gateway.line.upload import PieceUpload
from device_agent.protocol.chip.image import ModelImage, dump_model_image, target_digest
from device_agent.protocol.chip.packet import Packet, SmpGroup, dump_packet, parse_packet
from device_agent.protocol.chip.smp_group import Command
from tests.device_agent.simulators.device import SimClock
from tests.simulators.chip import MemoryLink, SimChip

HEADER = ModelImage(0, 0, 0, 0, 0, 1, target_digest("cortex-m4f"), bytes(32), bytes(32))
IMAGE = dump_model_image(HEADER, bytes(3000))


def upload_to(chip: SimChip, link: MemoryLink | None = None, data: bytes = IMAGE) -> PieceUpload:
    first = {"len": len(data), "sha": hashlib.sha256(data).digest()}
    asked = Conversation(link or MemoryLink(chip), SimClock())
    return PieceUpload(asked, SmpGroup.CHIP, Command.UPLOAD, data, first)


def is_upload(request: Packet) -> bool:
    return request.command == Command.UPLOAD


@pytest.mark.parametrize("lost", [1, 2, 5, 30])
def test_a_lost_answer_costs_one_question(lost: int) -> None:
    chip = SimChip()
    chip.deaf_after = lambda number, request: number == lost
    upload_to(chip).send()
    assert chip.flash.images[0] == IMAGE


def test_every_third_answer_is_lost() -> None:
    chip = SimChip()
    chip.deaf_after = lambda number, request: number % 3 == 0
    upload_to(chip).send()
    assert chip.flash.images[0] == IMAGE


def test_a_line_that_loses_long_packets_gets_short_ones() -> None:
    chip = SimChip(buffer_bytes=2048)
    link = MemoryLink(chip)
    link.widen(2048)
    heard = chip.handle
    chip.handle = lambda data: heard(data) if len(data) <= 300 else None  # type: ignore[method-assign]
    upload_to(chip, link).send()
    assert chip.flash.images[0] == IMAGE


def test_a_child_that_asks_for_what_is_not_there_is_left() -> None:
    chip = SimChip()
    link = MemoryLink(chip)

    def lying(answer: bytes) -> list[bytes]:
        packet = parse_packet(answer)
        told = Packet(packet.operation, 64, packet.command, packet.sequence, {"off": 10**6})
        return [dump_packet(told)]

    link.edit = lying
    with pytest.raises(DownloadStuck, match="asks for bytes that are not there"):
        upload_to(chip, link).send()


def test_a_child_that_never_goes_on_is_left() -> None:
    chip = SimChip()
    link = MemoryLink(chip)

    def stuck(answer: bytes) -> list[bytes]:
        packet = parse_packet(answer)
        told = Packet(packet.operation, 64, packet.command, packet.sequence, {"off": 80})
        return [dump_packet(told)]

    link.edit = stuck
    with pytest.raises(DownloadStuck, match="does not go on from byte 80"):
        upload_to(chip, link).send()


def test_a_child_that_always_forgets_is_tried_later() -> None:
    chip = SimChip()
    link = MemoryLink(chip)

    def forgetful(answer: bytes) -> list[bytes]:
        packet = parse_packet(answer)
        told = Packet(packet.operation, 64, packet.command, packet.sequence, {"off": 0})
        return [dump_packet(told)]

    link.edit = forgetful
    with pytest.raises(ChildSilent, match="begun again too often"):
        upload_to(chip, link).send()


def test_packets_that_are_too_short_are_refused() -> None:
    chip = SimChip()
    link = MemoryLink(chip)
    link.packet_bytes = 60
    with pytest.raises(DownloadStuck, match="too short"):
        upload_to(chip, link).send()
