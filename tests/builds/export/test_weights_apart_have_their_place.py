"""With weights apart, every archive holds them as a file, and says how to flash it alone."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from builds.compiler import Weights
from builds.export import ExportError, lay_out, load_layout
from builds.export.demonstration import WEIGHTS_OFFSET, demonstration_image
from builds.export.tflm import gather_tflm
from builds.toolchain.elf import Elf
from tests.builds.export.exports import (
    LAYOUTS,
    apart_material,
    material,
    members,
    retrained_model,
    wish,
)
from tests.builds.export.test_the_demonstration_boots import QEMU, boot_image

pytestmark = pytest.mark.toolchain


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_archive_holds_the_section_as_a_file(layout: str) -> None:
    held = members(layout, apart=True)
    path = next(path for path in held if path.endswith("weights.bin"))
    assert held[path] == apart_material(layout=layout).weights
    assert not any("weights" in path for path in members(layout) if "ef/" not in path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_readme_says_how_to_flash_it(layout: str) -> None:
    readme = members(layout, apart=True)["README.md"].decode()
    assert "## Ship weights alone" in readme
    abi = apart_material(layout=layout).facts["abi"]
    for word in ("`weights.bin`", abi, "`ef_init`", "0x08080000"):
        assert word in readme or (layout, word) == ("esp-idf", "0x08080000")
    assert "Ship weights" not in members(layout)["README.md"].decode()
    assert not re.search(r"@[A-Za-z_]+@", readme)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_training_changes_its_weights_and_what_is_told_of_them(layout: str) -> None:
    other = apart_material(retrained_model(), layout)
    first, second = members(layout, apart=True), lay_out(load_layout(layout), other)
    changed = {path.rsplit("/", 1)[-1] for path in first if first[path] != second[path]}
    source = "model_weights.cpp" if layout == "arduino" else "model_weights.cc"
    assert changed == {source, "weights.bin", "golden.h", "golden.bin", "README.md"}


def test_a_layout_without_a_place_for_them_is_refused() -> None:
    bare = replace(load_layout("sources"), apart_copied={})
    with pytest.raises(ExportError, match="no place for weights apart"):
        lay_out(bare, apart_material())


def test_the_interpreter_cannot_have_them_apart(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be apart"):
        gather_tflm(replace(wish(), weights=Weights.APART), tmp_path)


def with_weights(image: bytes, weights: bytes) -> bytes:
    """What `objcopy --update-section .ef_weights=weights.bin` does to an image."""
    section = next(piece for piece in Elf(image).pieces if piece.name == ".ef_weights")
    assert len(section.data) == len(weights)
    assert image.count(section.data) == 1
    return image.replace(section.data, weights)


def test_the_demonstration_has_them_at_an_address_of_their_own() -> None:
    pieces = {piece.name: piece for piece in Elf(demonstration_image(apart_material())).pieces}
    assert pieces[".ef_weights"].address == WEIGHTS_OFFSET
    assert pieces[".ef_weights"].data == apart_material().weights
    plain = {piece.name: piece for piece in Elf(demonstration_image(material())).pieces}
    assert plain[".ef_weights"].address < WEIGHTS_OFFSET


@pytest.mark.emulator
@pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed")
def test_replacing_the_weights_alone_makes_the_demonstration_another_model(tmp_path: Path) -> None:
    old, new = apart_material(), apart_material(retrained_model())
    # The old code, asked for the new model's answers.
    image = demonstration_image(replace(old, golden=new.golden))
    assert boot_image(image, tmp_path)[-1] == "RESULT FAIL"
    assert boot_image(with_weights(image, new.weights), tmp_path)[-1] == "RESULT PASS"
    damaged = new.weights[:-1] + bytes([new.weights[-1] ^ 1])
    lines = boot_image(with_weights(image, damaged), tmp_path)
    assert lines[1:] == ["RESULT FAIL"]
