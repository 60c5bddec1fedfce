"""Code and weights as two images for two slots: new weights run in the code that is there."""

from dataclasses import replace

import pytest

from builds.compiler import Compiled
from builds.image import Firmware, Identity, ImageTooLarge, build_parts, pack_image, read_image
from builds.image.layout import FLAG_NON_BOOTABLE, FLAG_ROM_FIXED, TLV_DEPENDENCY
from builds.targets import Board, load_board, load_target, split_slot
from builds.verify import golden_inputs, interface_of
from tests.builds.compiler.trainings import compiled_apart, network, reference
from tests.builds.image.images import BOARD, KEY, PUBLIC, SHA256
from tests.builds.image.test_an_image_runs_from_its_slot import TABLE, Cpu

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
OTHER_ABI = 2


def parts(seed: int, board: Board = BOARD, target: str = "cortex-m4f") -> tuple[Firmware, Firmware]:
    made = compiled_apart(network(seed), target)
    return build_parts(made.files, made.weights, board, cflags=made.cflags)


def test_a_slot_is_split_into_two_that_fill_it() -> None:
    code, weights = split_slot(BOARD)
    assert code.slot_address == BOARD.slot_address
    assert code.slot_address + code.slot_bytes == weights.slot_address
    assert code.slot_bytes + weights.slot_bytes == BOARD.slot_bytes


def test_every_training_has_the_same_code_for_the_slot() -> None:
    (first, weights), (second, others) = parts(1), parts(2)
    assert first == second
    assert weights.address == others.address == split_slot(BOARD)[1].slot_address + 0x200
    assert weights.payload != others.payload


def answers(code: Firmware, weights: bytes, board: Board, compiled: Compiled) -> list[bytes]:
    cpu = Cpu(code, board)
    _, for_weights = split_slot(board)
    cpu.uc.mem_map(for_weights.slot_address, 0x10000)
    cpu.uc.mem_write(for_weights.slot_address + board.header_bytes, weights)
    head = TABLE.unpack(bytes(cpu.uc.mem_read(code.address, TABLE.size)))
    *_, init, get_in, get_out, invoke = head
    if refused := cpu.call(init):
        return [bytes([refused])]
    interface, found = interface_of(compiled.graph), []
    for vector in golden_inputs(interface, vectors=3, seed=1):
        cpu.uc.mem_write(cpu.call(get_in), vector)
        assert cpu.call(invoke) == 0
        outputs = [cpu.call(get_out, index) for index in range(len(interface.outputs))]
        pairs = zip(outputs, interface.output_bytes, strict=True)
        found.append(b"".join(bytes(cpu.uc.mem_read(at, size)) for at, size in pairs))
    return found


@pytest.mark.parametrize("board", ["nucleo-l4r5zi", "nucleo-g0b1re"])
def test_a_device_that_gets_new_weights_alone_is_the_new_model(board: str) -> None:
    place = load_board(board)
    code, _ = parts(1, place, place.target)
    new = compiled_apart(network(2), place.target)
    expected = reference(network(2), load_target(place.target))
    assert answers(code, new.weights, place, new) == expected


def test_it_refuses_weights_that_were_made_for_other_code() -> None:
    code, _ = parts(1)
    other = compiled_apart(network(1), "cortex-m0plus")
    assert answers(code, other.weights, BOARD, other) == [bytes([OTHER_ABI])]


def test_the_image_of_weights_says_what_it_needs() -> None:
    _, weights = parts(1)
    abi = compiled_apart(network(1), "cortex-m4f").abi
    _, slot = split_slot(BOARD)
    identity = Identity("2.0.1+9", 0, SHA256, requires_code="1.4.0", abi=abi)
    facts = read_image(pack_image(weights, slot, identity, sign=KEY.sign, public_key=PUBLIC))
    assert facts.payload == weights.payload
    assert facts.slot_address == slot.slot_address
    assert facts.flags == FLAG_NON_BOOTABLE | FLAG_ROM_FIXED
    assert facts.weights_abi == abi
    assert facts.protected[TLV_DEPENDENCY] == b"\1\0\0\0\1\4\0\0\0\0\0\0"


def test_an_image_may_depend_on_firmware_and_code() -> None:
    _, weights = parts(1)
    both = Identity("2.0", 0, SHA256, requires_firmware="3.1", requires_code="1.4")
    _, slot = split_slot(BOARD)
    facts = read_image(pack_image(weights, slot, both, sign=KEY.sign, public_key=PUBLIC))
    # The reader keeps one record of a kind; both were written, and imgtool verified the image.
    assert facts.protected[TLV_DEPENDENCY][0] in (0, 1)


def test_weights_too_large_for_their_slot_are_refused() -> None:
    small = replace(BOARD, slot_bytes=4 * 0x1000)
    made = compiled_apart(network(1), "cortex-m4f")
    with pytest.raises(ImageTooLarge, match="the slot of nucleo-l4r5zi has"):
        build_parts(made.files, bytes(0x4000), small, cflags=made.cflags)
