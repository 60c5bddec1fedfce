"""The linker script of a model that stands alone.

Code and weights at one address, its RAM at another; or weights at an address of their own, which
may be left empty for somebody else to fill.
"""

from dataclasses import dataclass

from builds.targets import Target

FUNCTIONS = ("init", "input", "output", "invoke")
ENTRY_POINTS = tuple(f"ef_{function}" for function in FUNCTIONS)
SCRIPT_SYMBOLS = frozenset({"ef_image_end", "ef_ram_start", "ef_ram_end", "ef_weights"})
TEMPLATE = """\
ENTRY({entry})
SECTIONS
{{
  . = {rom:#x};
  .ef_head : {{ KEEP(*(.ef_head*)) }}
  .text : {{ *(.text.ef_start*) *(.text .text.*) }}
{near}  .rodata : ALIGN(8) {{ *(.srodata* .rodata {others}.rodata.*) }}
  ef_image_end = .;
{far}  . = {ram:#x};
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
# Sections of a file must stand in the order of their addresses, so these come after .rodata, whose
# pattern must leave them out.
OTHERS = "EXCLUDE_FILE(*_weights.o) "
FAR = """\
  .ef_weights {address:#x} : {{ KEEP(*(.rodata.ef_weights*)) }}
  PROVIDE(ef_weights = {address:#x});
"""


@dataclass(frozen=True)
class Addresses:
    """Where an image lives; `weights`, above the code, when they have an address of their own."""

    rom: int
    ram: int
    weights: int | None = None


# The emulator's memory map; a board's own comes from its slot.
DEFAULT_ADDRESSES = Addresses(rom=0x0010_0000, ram=0x2000_0000)


def entry_points(name: str | None = None) -> tuple[str, ...]:
    """The four functions of a model, which a named one has under its name."""
    return tuple(f"ef_{name}_{function}" for function in FUNCTIONS) if name else ENTRY_POINTS


def linker_script(target: Target, addresses: Addresses, *, entry: str = "ef_invoke") -> str:
    """The script's text for this target."""
    del target  # one layout serves all architectures so far; the argument keeps callers honest
    apart = addresses.weights
    near, others, far = (NEAR, "", "") if apart is None else ("", OTHERS, FAR.format(address=apart))
    places = {"rom": addresses.rom, "ram": addresses.ram}
    return TEMPLATE.format(entry=entry, near=near, others=others, far=far, **places)
