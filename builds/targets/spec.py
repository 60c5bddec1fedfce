"""A target is a CPU profile.

Everything that depends on the CPU reads it from here, nothing guesses from names.

Guarantees: a Target is immutable, and every field was checked by `builds.targets.catalog` when
its file was read.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a finished artifact is: firmware, or a bundle for a host with a system."""

    MCU = "mcu"
    LINUX = "linux"
    WASM = "wasm"


@dataclass(frozen=True)
class Target:
    """One CPU profile, read from `data/<name>.toml`.

    `flash_bytes` and `ram_bytes` bound a typical part of the class: builds that need more are
    refused. `features` holds instruction-set extensions that kernels may use (`dsp`, `fpu`,
    `mve`, `neon`, `sse4`, `simd128`). `triple` and `cflags` are for clang; `gnu_cflags` for GNU
    Arm, empty where that cannot serve the CPU. `emulators` name engines that can run its machine
    code: `qemu:<machine>:<cpu>`, `unicorn:<arch>:<cpu>`, in order.
    """

    name: str
    title: str
    kind: Kind
    arch: str  # thumb, riscv32, aarch64, x86_64, wasm32
    cpu: str
    features: frozenset[str]
    triple: str
    cflags: tuple[str, ...]
    gnu_cflags: tuple[str, ...]
    emulators: tuple[str, ...]
    pointer_bytes: int
    flash_bytes: int
    ram_bytes: int
