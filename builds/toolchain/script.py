"""The linker script of a model that stands alone.

Code and weights at one address, its RAM at another; or weights at an address of their own, which
may be left empty for somebody else to fill.
"""

from dataclasses import dataclass

from builds.targets import Target

ENTRY_POINTS = ("ef_init", "ef_input", "ef_output", "ef_invoke")
SCRIPT_SYMBOLS = frozenset({"ef_image_end", "ef_ram_start", "ef_ram_end", "ef_weights"})
TEMPLATE = """\
ENTRY({entry})
SECTIONS
{{
  . = {rom:#x};
  .ef_head : {{ KEEP(*(.ef_head*)) }}
  .text : {{ *(.text.ef_start*) *(.text .text.*) }}
{weights}  .rodata : ALIGN(8) {{ *(.srodata* .rodata .rodata.*) }}
  ef_image_end = .;
  . = {ram:#x};
  ef_ram_start = .;
  .data : {{ *(.sdata* .data .data.*) }}
  .ef_arena (NOLOAD) : ALIGN(16) {{ *(.bss.ef_arena*) }}
  .bss (NOLOAD) : ALIGN(8) {{ *(.sbss* .bss .bss.* COMMON) }}
  . = ALIGN(8);
  ef_ram_end = .;
  /DISCARD/ : {{ *(.ARM.exidx* .ARM.extab* .eh_frame* .comment .note* .debug*) }}
}}
"""


NEAR = "  .ef_weights : ALIGN(16) { *(.rodata.ef_weights*) }\n"
# Named before .rodata, whose pattern would take them; code goes on where it was.
FAR = """\
  ef_near = .;
  .ef_weights {address:#x} : {{ KEEP(*(.rodata.ef_weights*)) }}
  PROVIDE(ef_weights = {address:#x});
  . = ef_near;
"""


@dataclass(frozen=True)
class Addresses:
    """Where an image lives; `weights` when they have an address of their own."""

    rom: int
    ram: int
    weights: int | None = None


# The emulator's memory map; a board's own comes from its slot.
DEFAULT_ADDRESSES = Addresses(rom=0x0010_0000, ram=0x2000_0000)


def linker_script(target: Target, addresses: Addresses, *, entry: str = "ef_invoke") -> str:
    """The script's text for this target."""
    del target  # one layout serves all architectures so far; the argument keeps callers honest
    apart = addresses.weights
    weights = NEAR if apart is None else FAR.format(address=apart)
    return TEMPLATE.format(entry=entry, rom=addresses.rom, ram=addresses.ram, weights=weights)
