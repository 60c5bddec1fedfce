"""The linker script of a model that stands alone.

Code and weights at one address, its RAM at another.
"""

from dataclasses import dataclass

from builds.targets import Target

ENTRY_POINTS = ("ef_init", "ef_input", "ef_output", "ef_invoke")
SCRIPT_SYMBOLS = frozenset({"ef_image_end", "ef_ram_start", "ef_ram_end"})
TEMPLATE = """\
ENTRY({entry})
SECTIONS
{{
  . = {rom:#x};
  .ef_head : {{ KEEP(*(.ef_head*)) }}
  .text : {{ *(.text.ef_start*) *(.text .text.*) }}
  .ef_weights : ALIGN(16) {{ *(.rodata.ef_weights*) }}
  .rodata : ALIGN(8) {{ *(.srodata* .rodata .rodata.*) }}
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


@dataclass(frozen=True)
class Addresses:
    """Where an image lives."""

    rom: int
    ram: int


# The emulator's memory map; a board's own comes from its slot.
DEFAULT_ADDRESSES = Addresses(rom=0x0010_0000, ram=0x2000_0000)


def linker_script(target: Target, addresses: Addresses, *, entry: str = "ef_invoke") -> str:
    """The script's text for this target."""
    del target  # one layout serves all architectures so far; the argument keeps callers honest
    return TEMPLATE.format(entry=entry, rom=addresses.rom, ram=addresses.ram)
