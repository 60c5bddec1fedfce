"""The payload is placed at the slot of an emulated CPU and called through its table only."""

import struct

import pytest

from builds.image import Firmware
from builds.targets import Board, all_boards
from tests.builds.image.images import firmware
from tests.builds.toolchain.sources import multiply

pytestmark = [pytest.mark.toolchain, pytest.mark.emulator]
ARM = [board for board in all_boards() if board.target not in {"rv32imc", "cortex-m55"}]
TABLE = struct.Struct("<10I")
MAGIC, ABI = 0x314D4645, 1
RETURN, STACK = 0x3000_0000, 0x3010_0000
PAGE = 4096


class Cpu:
    """A Cortex-M with the payload in its flash and zeroed RAM."""

    def __init__(self, payload: Firmware, board: Board) -> None:
        unicorn = pytest.importorskip("unicorn", reason="unicorn is not installed")
        from unicorn import arm_const

        self.regs = arm_const
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        cpu = arm_const.UC_CPU_ARM_CORTEX_M0 if "m0" in board.target else None
        self.uc.ctl_set_cpu_model(cpu or arm_const.UC_CPU_ARM_CORTEX_M33)
        self.uc.mem_map(board.slot_address // PAGE * PAGE, 0x10000)
        self.uc.mem_map(board.ram_address // PAGE * PAGE, 0x10000)
        self.uc.mem_map(RETURN, 0x200000)
        self.uc.mem_write(payload.address, payload.payload)

    def call(self, address: int, argument: int = 0) -> int:
        self.uc.reg_write(self.regs.UC_ARM_REG_R0, argument)
        self.uc.reg_write(self.regs.UC_ARM_REG_LR, RETURN | 1)
        self.uc.reg_write(self.regs.UC_ARM_REG_SP, STACK)
        self.uc.emu_start(address | 1, RETURN)
        return int(self.uc.reg_read(self.regs.UC_ARM_REG_R0))


@pytest.mark.parametrize("board", ARM, ids=lambda board: board.name)
def test_a_firmware_needs_only_the_table(board: Board) -> None:
    payload = firmware(board.name)
    cpu = Cpu(payload, board)
    start = board.slot_address + board.header_bytes
    head = TABLE.unpack(bytes(cpu.uc.mem_read(start, TABLE.size)))
    magic, abi, image_start, image_end, ram_start, ram_end, init, get_in, get_out, invoke = head
    assert (magic, abi, image_start) == (MAGIC, ABI, start)
    assert image_end - image_start == len(payload.payload)
    assert (ram_start, ram_end - ram_start) == (board.ram_address, payload.ram_bytes)
    vector = bytes(range(100, 116))
    assert cpu.call(init) == 0
    cpu.uc.mem_write(cpu.call(get_in), vector)
    assert cpu.call(invoke) == 0
    assert bytes(cpu.uc.mem_read(cpu.call(get_out), 16)) == multiply(vector)


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
def test_every_board_gets_an_image_that_begins_with_its_table(board: Board) -> None:
    payload = firmware(board.name)
    magic, abi, start, end, ram_start, _, *functions = TABLE.unpack_from(payload.payload)
    assert (magic, abi) == (MAGIC, ABI)
    assert start == payload.address == board.slot_address + board.header_bytes
    assert ram_start == board.ram_address
    assert all(start < function < end for function in functions)
