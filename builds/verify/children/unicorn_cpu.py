"""Run a linked image's machine code on an emulated CPU with the `unicorn` package.

Every instruction of the first `ef_invoke` is counted by a native hook; the stack is painted to
see how deep it got. Started by path with one argument, the folder of the request; see
`builds.verify.child`.
"""

import ctypes
import json
import sys
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

UNAVAILABLE_EXIT = 69
PAGE = 4096
RETURN_PAGE = 0x3000_0000
STACK_BASE = 0x3010_0000
STACK_BYTES = 256 * 1024
PAINT = 0xA5

try:
    import unicorn
    from unicorn import arm64_const, arm_const, riscv_const, x86_const
    from unicorn.unicorn_py3.unicorn import uclib
except ImportError as failure:
    sys.stderr.write(f"the Python package 'unicorn' is not usable here: {failure}" + "\n")
    sys.exit(UNAVAILABLE_EXIT)

# arch: (unicorn architecture, mode, argument register, result, link, stack pointer)
MACHINES: dict[str, tuple[int, int, int, int, int | None, int]] = {
    "thumb": (
        unicorn.UC_ARCH_ARM,
        unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS,
        arm_const.UC_ARM_REG_R0,
        arm_const.UC_ARM_REG_R0,
        arm_const.UC_ARM_REG_LR,
        arm_const.UC_ARM_REG_SP,
    ),
    "riscv32": (
        unicorn.UC_ARCH_RISCV,
        unicorn.UC_MODE_RISCV32,
        riscv_const.UC_RISCV_REG_A0,
        riscv_const.UC_RISCV_REG_A0,
        riscv_const.UC_RISCV_REG_RA,
        riscv_const.UC_RISCV_REG_SP,
    ),
    "aarch64": (
        unicorn.UC_ARCH_ARM64,
        unicorn.UC_MODE_ARM,
        arm64_const.UC_ARM64_REG_X0,
        arm64_const.UC_ARM64_REG_X0,
        arm64_const.UC_ARM64_REG_LR,
        arm64_const.UC_ARM64_REG_SP,
    ),
    "x86_64": (
        unicorn.UC_ARCH_X86,
        unicorn.UC_MODE_64,
        x86_const.UC_X86_REG_RDI,
        x86_const.UC_X86_REG_RAX,
        None,
        x86_const.UC_X86_REG_RSP,
    ),
}
CPUS = {
    "thumb:cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0,
    "thumb:cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "thumb:cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "thumb:cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "thumb:cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
    "riscv32:any": riscv_const.UC_CPU_RISCV32_ANY,
    "aarch64:cortex-a72": arm64_const.UC_CPU_ARM64_A72,
    "x86_64:nehalem": x86_const.UC_CPU_X86_NEHALEM,
}


# Cores that take a fault where these emulated ones read or write across a word.
STRICT = frozenset({"thumb:cortex-m0", "riscv32:any"})


class Count(ctypes.Structure):
    """What the native counter works on; the same layout as in `builds.toolchain.counter`."""

    _fields_ = (
        ("total", ctypes.c_uint64),
        ("base", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("code", ctypes.c_char_p),
        ("misaligned", ctypes.c_uint64),
        ("steps", ctypes.c_uint64),
        ("reached", ctypes.c_uint64),
        ("starts", ctypes.POINTER(ctypes.c_uint64)),
        ("before", ctypes.POINTER(ctypes.c_uint64)),
    )


def _cpu(kind: int, mode: int) -> Any:
    return unicorn.Uc(kind, mode)  # type: ignore[attr-defined,no-untyped-call]  # the binding's


class EmulatedCpu:
    """One CPU with the image in its memory."""

    def __init__(self, request: dict[str, Any], image: bytes, counter: str) -> None:
        arch = request["arch"]
        kind, mode, self.argument, self.result, self.link, self.stack = MACHINES[arch]
        self.uc = _cpu(kind, mode)
        self.uc.ctl_set_cpu_model(CPUS[f"{arch}:{request['cpu']}"])
        self.strict = f"{arch}:{request['cpu']}" in STRICT
        self.symbols = request["symbols"]
        self.thumb = 1 if arch == "thumb" else 0
        base, offset, size, _ = self._code(request["pieces"])
        self.count = Count(0, base, size, image[offset : offset + size])
        self._watch(request["steps"])
        self._load(request["pieces"], image)
        if arch == "aarch64":  # let user code use vector registers
            self.uc.reg_write(arm64_const.UC_ARM64_REG_CPACR_EL1, 3 << 20)
        if arch == "x86_64":  # the same: OSFXSR and OSXMMEXCPT
            self.uc.reg_write(x86_const.UC_X86_REG_CR4, 3 << 9)
        self._count(counter)

    def _watch(self, starts: list[int]) -> None:
        array = ctypes.c_uint64 * len(starts)
        self.starts, self.before = array(*starts), array()
        self.count.steps = len(starts)
        self.count.starts, self.count.before = self.starts, self.before

    def step_instructions(self) -> list[int]:
        """Instructions from each step's first to the next one's; the last takes the rest."""
        if self.count.reached != self.count.steps:
            return []
        ends = [*self.before, self.count.total]
        return [after - begin for begin, after in pairwise(ends)]

    def _code(self, pieces: list[list[int]]) -> list[int]:
        entry = self.symbols["ef_invoke"]
        return next(piece for piece in pieces if piece[0] <= entry < piece[0] + piece[3])

    def _load(self, pieces: list[list[int]], image: bytes) -> None:
        pages: set[int] = set()
        for address, _, _, memory in pieces:
            pages.update(range(address // PAGE, (address + memory + PAGE - 1) // PAGE))
        for page in sorted(pages):
            self.uc.mem_map(page * PAGE, PAGE)
        self.uc.mem_map(RETURN_PAGE, PAGE)
        self.uc.mem_map(STACK_BASE, STACK_BYTES)
        self.uc.mem_write(STACK_BASE, bytes([PAINT]) * STACK_BYTES)
        for address, offset, size, _ in pieces:
            self.uc.mem_write(address, image[offset : offset + size])

    def _count(self, counter: str) -> None:
        """Count instructions in native code: a Python hook would cost a microsecond each."""
        self.counter = ctypes.CDLL(counter)
        self.hooks: list[ctypes.c_size_t] = []
        thumb = (unicorn.UC_HOOK_BLOCK, self.counter.ef_count_thumb_block)
        other = (unicorn.UC_HOOK_CODE, self.counter.ef_count_instruction)
        self._hook(*(thumb if self.thumb else other))
        if self.strict:
            kinds = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
            self._hook(kinds, self.counter.ef_check_aligned)

    def _hook(self, kind: int, function: Any) -> None:
        handle = ctypes.c_size_t(0)
        self.hooks.append(handle)
        status = uclib.uc_hook_add(
            self.uc._uch,  # noqa: SLF001 - the binding has no native hooks
            ctypes.byref(handle),
            ctypes.c_int(kind),
            ctypes.cast(function, ctypes.c_void_p),
            ctypes.cast(ctypes.byref(self.count), ctypes.c_void_p),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status != unicorn.UC_ERR_OK:
            raise RuntimeError(f"a native hook could not be added: error {status}")

    def run_freely(self) -> None:
        """Take the hooks away: what they tell does not depend on the vector, and they cost time."""
        for handle in self.hooks:
            uclib.uc_hook_del(self.uc._uch, handle)  # noqa: SLF001
        self.uc.ctl_flush_tb()  # code that was translated with hooks would still call them

    def call(self, name: str, argument: int = 0) -> int:
        """Call a function of the image until it returns."""
        stack = STACK_BASE + STACK_BYTES - 64
        if self.link is None:
            stack -= 8
            self.uc.mem_write(stack, RETURN_PAGE.to_bytes(8, "little"))
        else:
            self.uc.reg_write(self.link, RETURN_PAGE | self.thumb)
        self.uc.reg_write(self.stack, stack)
        self.uc.reg_write(self.argument, argument)
        self.uc.emu_start(self.symbols[name] | self.thumb, RETURN_PAGE)
        return int(self.uc.reg_read(self.result))

    def stack_bytes(self) -> int:
        """How many bytes below the first stack pointer were written."""
        painted = bytes(self.uc.mem_read(STACK_BASE, STACK_BYTES - 64))
        return len(painted.lstrip(bytes([PAINT])))


def main() -> int:
    """Feed every vector through the image."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    machine = EmulatedCpu(request, (folder / "image.bin").read_bytes(), str(folder / "counter.so"))
    if machine.call("ef_init") & 0xFFFF_FFFF:
        sys.stderr.write("ef_init did not answer 0" + "\n")
        return 1
    inputs = [machine.call("ef_input", index) for index in range(len(request["input_bytes"]))]
    data = (folder / "inputs.bin").read_bytes()
    at, outputs, instructions, steps = 0, [], 0, []
    for vector in range(request["vectors"]):
        for address, size in zip(inputs, request["input_bytes"], strict=True):
            machine.uc.mem_write(address, data[at : at + size])
            at += size
        before = machine.count.total
        if machine.call("ef_invoke") & 0xFFFF_FFFF:
            sys.stderr.write(f"ef_invoke did not answer 0 for vector {vector}" + "\n")
            return 1
        if vector == 0:
            instructions = machine.count.total - before
            steps = machine.step_instructions()
            machine.run_freely()
        for index, size in enumerate(request["output_bytes"]):
            outputs.append(bytes(machine.uc.mem_read(machine.call("ef_output", index), size)))
    if machine.count.misaligned:
        sys.stderr.write(f"misaligned access at {machine.count.misaligned:#x}\n")
        return 1
    (folder / "outputs.bin").write_bytes(b"".join(outputs))
    answer = {
        "engine": f"unicorn {version('unicorn')} {request['cpu']}",
        "instructions": instructions,
        "stack_bytes": machine.stack_bytes(),
        "steps": steps,
    }
    (folder / "answer.json").write_text(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
