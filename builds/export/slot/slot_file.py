"""A model as the file of a chip's model slot, with all that a firmware with such slots is made of.

Guarantees: the file is the one that the service makes of the same model, version, counter and
board; with weights apart there is a file of weights alone beside it.
"""

import hashlib
from dataclasses import replace
from importlib.resources import files
from typing import Final

from builds.export.errors import ExportError
from builds.export.material import Material, slug_of
from builds.export.onchip.chip_library import schema_words
from builds.image.chip import PLAIN_TEXT, SlotModel, model_image
from builds.image.weights_image import SlotWeights, weights_image
from builds.targets import SlotBoard, load_target
from builds.toolchain.script import Addresses, linker_script
from device_agent.chip import HOME
from device_agent.protocol.chip.image import target_digest

FILE: Final = "model.slot.bin"
WEIGHTS_FILE: Final = "weights.slot.bin"
LINKER_SCRIPT: Final = "mps2.ld"
CLIENT: Final = "bring.py"
EXAMPLE_CPU: Final = "cortex-m4f"
EXAMPLE_RAM: Final = 0x2000_0000
EXAMPLE: Final = ("board/board.h", "board/board.cc", "board/mps2.cc")


def with_slot_file(material: Material, board: SlotBoard, counter: int) -> Material:
    """The material of a build for this board, with the files for its slots, an example, and the
    words of the map; its texts are about the board's processor.
    """
    if material.target != board.name:
        raise ExportError(f"This build is for another board than {board.name}.")
    made = model_image(_model(material, board, counter), board.places)
    more = {FILE: made, **_example()}
    if material.weights:
        more[WEIGHTS_FILE] = weights_image(_weights(material, board, counter))
    facts = {**material.facts, **_words(board, made, counter)}
    return replace(material, target=board.profile, facts=facts, more=more)


def _example() -> dict[str, bytes]:
    """A whole firmware, how it is linked, and a client of its line."""
    made = {name.rpartition("/")[2]: (HOME / name).read_bytes() for name in EXAMPLE}
    script = linker_script(load_target(EXAMPLE_CPU), Addresses(0, EXAMPLE_RAM), entry="ef_start")
    client = (files("builds.export.slot") / CLIENT).read_bytes()
    return {**made, LINKER_SCRIPT: script.encode(), CLIENT: client}


def _model(material: Material, board: SlotBoard, counter: int) -> SlotModel:
    given = material.interface.inputs[0]
    version = material.version if PLAIN_TEXT.fullmatch(material.version) else "0"
    return SlotModel(
        files=dict(material.files) | {"golden.h": material.contents()["golden.h"].decode()},
        target=board.name,
        profile=board.profile,
        cflags=material.cflags,
        name=slug_of(material.name),
        version=version,
        counter=counter,
        abi=bytes.fromhex(material.facts["abi"]),
        model_sha256=hashlib.sha256(material.model).digest(),
        schema=schema_words(material),
        input_scale=given.scale,
        input_zero_point=given.zero_point,
    )


def _weights(material: Material, board: SlotBoard, counter: int) -> SlotWeights:
    return SlotWeights(
        weights=material.weights,
        golden=material.golden,
        target=board.name,
        counter=counter,
        model_sha256=hashlib.sha256(material.model).digest(),
    )


def _words(board: SlotBoard, made: bytes, counter: int) -> dict[str, str]:
    places = board.places
    mark = ", ".join(f"0x{byte:02x}" for byte in target_digest(board.name))
    return {
        "board": board.name,
        "target_mark": mark,
        "slot_0": f"{places.slots[0]:#010x}",
        "slot_1": f"{places.slots[1]:#010x}",
        "slot_bytes": f"{places.slot_bytes:#x}",
        "run": f"{places.run:#010x}",
        "run_bytes": f"{places.run_bytes:#x}",
        "model_ram": f"{places.ram:#010x}",
        "model_ram_bytes": f"{places.ram_bytes:#x}",
        "file_bytes": f"{len(made):,}",
        "counter": str(counter),
    }
