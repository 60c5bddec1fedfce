"""Model images and demonstration firmware for microcontrollers with model slots.

Guarantees: equal sources give equal bytes; an image holds no relocation and no initialised
variable; the boards' map of memory is the one of `device_agent/chip/board/board.h`.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from builds.image.errors import ImageError, ImageTooLarge
from builds.image.flat import flat_bytes
from builds.image.model_image import PayloadKind, SlotImage, pack
from builds.targets import ChipMap, Kind, Target, all_slot_boards, load_target
from builds.toolchain import ToolchainError, compile_all, compiler_by_name, image_sizes, link_image
from builds.toolchain.clang import zig
from builds.toolchain.compiler import COMMON, STRICT
from builds.toolchain.elf import Elf
from builds.toolchain.run import made
from builds.toolchain.script import Addresses, linker_script
from device_agent.chip import ED25519, board_sources, sources
from device_agent.protocol.chip.image import MODEL_HEADER_BYTES, target_digest

ENTRY_SOURCE = "model_entry.cc"
ENTRY_SYMBOL = "ef_model_image_entry"
PLAIN_TEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,62}")
BOARD_FLAGS = ("-Os",)
FIXED = ("-fno-pic", "-fno-pie")  # code of a host that runs at the address it was linked for
C_ONLY = frozenset({"-fshort-enums"})  # flags of a target that Zig's own compiler does not know
BOARD_SECONDS = 300.0
OBJECT = "ed25519.o"
HOST_TARGET = "linux-x86_64"
MACHINES: Mapping[str, str] = {"mps2-an385": "cortex-m3", "mps2-an386": "cortex-m4f"}


# Of QEMU's boards and of the host: `device_agent/chip/board/board.h`.
DEMO_MAP = {board.name: board.places for board in all_slot_boards()}["mps2-an386"]


@dataclass(frozen=True)
class SlotModel:
    """A compiled model with its vectors, and what its image says of it.

    `files` are the compiler's sources with `golden.h` (see `builds.export.golden`); `schema` is the
    recorder's table (see `builds.image.schema_table`), where the model is to be counted.
    """

    files: Mapping[str, str]
    target: str
    cflags: Sequence[str]
    name: str
    version: str
    counter: int
    abi: bytes
    model_sha256: bytes
    schema: Sequence[int] = ()
    input_scale: float = 0.0  # of the first input, for a firmware that has real numbers to give
    input_zero_point: int = 0
    profile: str = ""  # of the processor, where the target is a board of somebody's own


def model_image(model: SlotModel, places: ChipMap, *, slot: int | None = None) -> bytes:
    """The file for one slot, or for either where the firmware copies images to run them."""
    address = places.run if slot is None else places.slots[slot] + MODEL_HEADER_BYTES
    payload, ram_bytes = _link_model(model, Addresses(address, places.ram))
    room = places.run_bytes if slot is None else places.slot_bytes - MODEL_HEADER_BYTES
    if len(payload) > room:
        raise ImageTooLarge(f"the model needs {len(payload)} bytes, its slot has {room}")
    if ram_bytes > places.ram_bytes:
        raise ImageTooLarge(f"the model needs {ram_bytes} bytes of RAM of {places.ram_bytes}")
    image = SlotImage(
        kind=PayloadKind.CODE,
        load_address=address,
        payload=payload,
        entry=0,
        counter=model.counter,
        target=target_digest(model.target),
        abi=model.abi,
        model_sha256=model.model_sha256,
    )
    return pack(image)


def board_firmware(machine: str, name: str = "") -> bytes:
    """The ELF file of the demonstration firmware, for QEMU's `-M MACHINE -kernel FILE`.

    `name` is the target that it says it is; else that of its processor.
    """
    if machine not in MACHINES:
        raise ImageError(f"the firmware runs on {', '.join(MACHINES)}, not on {machine[:32]!r}")
    target = load_target(MACHINES[machine])
    defines = [
        "-DEF_STACK_TOP=0x20100000u",
        f'-DEF_BOARD_NAME="{machine}"',
        f'-DEF_BOARD_TARGET="{name or target.name}"',
    ]
    options = ["-target", target.triple, *target.cflags, *COMMON, *STRICT, *BOARD_FLAGS, *defines]
    linked = ["-static", "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,-e,ef_start"]
    verifier = ed25519_object(target.triple, target.cflags)
    script = linker_script(target, Addresses(rom=0, ram=0x2000_0000), entry="ef_start")
    made_of = {**_texts(board_sources("mps2")), "board.ld": script}
    image = _program([*options, *linked, "-Wl,-T,board.ld", "-fno-sanitize=all"], made_of, verifier)
    if any(section.name == ".data" and section.size for section in Elf(image).sections):
        raise ImageError("the firmware has initialised variables, which its start would zero")
    return image


def host_board(name: str = HOST_TARGET) -> bytes:
    """The board as a program for Linux on x86-64; it needs the system's C library alone.

    `name` is the target that it says it is.
    """
    triple = "x86_64-linux-gnu.2.28"
    verifier = ed25519_object(triple, ["-fPIC"])
    flags = ["-std=c++17", "-fno-exceptions", "-s", *STRICT, f'-DEF_BOARD_TARGET="{name}"']
    return _program(["-target", triple, *flags, "-O1"], _texts(board_sources("host")), verifier)


def ed25519_object(triple: str, machine: Sequence[str]) -> bytes:
    """What verifies orders of strength 2, from Zig's standard library, as an object to link."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-trust-") as name:
        folder = Path(name)
        (folder / ED25519.name).write_bytes(ED25519.read_bytes())
        options = ["-O", "ReleaseSmall", "-fstrip", "-fsingle-threaded", "-target", triple]
        own = [flag for flag in machine if flag not in C_ONLY]
        command: list[str | Path] = ["build-obj", ED25519.name, *options, *own]
        command.append(f"-femit-bin={OBJECT}")
        zig(command, what="building the verifier", cwd=folder, seconds=BOARD_SECONDS)
        return made(folder / OBJECT)


def _program(options: Sequence[str], files: Mapping[str, str], verifier: bytes) -> bytes:
    """Compile and link all files at once."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-board-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8")
        (folder / OBJECT).write_bytes(verifier)
        code = sorted(file for file in files if file.endswith(".cc"))
        command: list[str | Path] = ["cc", *options, *code, OBJECT, "-o", "board"]
        zig(command, what="building the board", cwd=folder, seconds=BOARD_SECONDS)
        return made(folder / "board")


def _texts(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in paths}


def _link_model(model: SlotModel, places: Addresses) -> tuple[bytes, int]:
    """The payload for its address, and the RAM that it takes."""
    target = load_target(model.profile or model.target)
    with tempfile.TemporaryDirectory(prefix="edgefleet-image-") as name:
        folder = Path(name)
        try:
            return _flatten(_linked(model, target, folder, places), places.rom)
        except ToolchainError as error:
            raise ImageError(str(error)) from None


def _linked(model: SlotModel, target: Target, folder: Path, places: Addresses) -> Path:
    with_compiler = compiler_by_name("clang")
    for what, text in (("name", model.name), ("version", model.version)):
        if not PLAIN_TEXT.fullmatch(text):
            raise ImageError(f"the {what} of a chip's model is plain text, not {text[:64]!r}")
    cflags = [*model.cflags, *(FIXED if target.kind is Kind.LINUX else ())]
    code = {name: text for name, text in model.files.items() if name != "golden.h"}
    entry = {
        ENTRY_SOURCE: (resources("builds.image.firmware") / ENTRY_SOURCE).read_text("utf-8"),
        "model_entry.h": _texts(sources("slots"))["model_entry.h"],
        "golden.h": model.files["golden.h"],
        "model.h": model.files["model.h"],
        "schema_words.h": _schema_words(model.schema),
    }
    defines = (
        f'-DEF_MODEL_NAME="{model.name}"',
        f'-DEF_MODEL_VERSION="{model.version}"',
        f"-DEF_MODEL_INPUT_SCALE={float(model.input_scale).hex()}f",
        f"-DEF_MODEL_INPUT_ZERO_POINT=({model.input_zero_point})",
    )
    objects = compile_all(code, target, folder, cflags=cflags, compiler=with_compiler)
    objects += compile_all(
        entry, target, folder, cflags=(*cflags, *defines), compiler=with_compiler
    )
    image = folder / "image.elf"
    link_image(objects, target, image, places, compiler=with_compiler, entry=ENTRY_SYMBOL)
    return image


def _schema_words(words: Sequence[int]) -> str:
    held = f"#define EF_SCHEMA_WORDS_HELD {len(words)}u\n"
    if not words:
        return held + "static const uint32_t *const kSchema = nullptr;\n"
    body = ", ".join(f"{word:#x}u" for word in words)
    return held + f"static const uint32_t kSchema[{len(words)}] = {{{body}}};\n"


def _flatten(image: Path, start: int) -> tuple[bytes, int]:
    _, _, bss_bytes, data_bytes = image_sizes(image)
    if data_bytes:
        raise ImageError(f"the model has {data_bytes} bytes of initialised variables")
    return flat_bytes(Elf(image.read_bytes()), start, ENTRY_SYMBOL), bss_bytes
