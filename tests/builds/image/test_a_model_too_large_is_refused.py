from dataclasses import replace

import pytest

from builds.image import ImageError, ImageTooLarge, build_firmware
from tests.builds.image.images import BOARD
from tests.builds.toolchain.sources import model

pytestmark = pytest.mark.toolchain


def test_a_slot_too_small_is_named_with_both_numbers() -> None:
    small = replace(BOARD, slot_bytes=4096 + 0x200 + 64)
    with pytest.raises(ImageTooLarge, match=r"needs \d+ bytes of flash.*has 64"):
        build_firmware({"model.cc": model()}, small, cflags=("-O2",))


def test_a_ram_too_small_is_named_with_both_numbers() -> None:
    files = {"model.cc": model(inputs=4096)}
    with pytest.raises(ImageTooLarge, match=r"needs 4112 bytes of RAM.*gives 4096"):
        build_firmware(files, replace(BOARD, ram_bytes=4096), cflags=("-O2",))


def test_initialised_variables_are_refused() -> None:
    files = {"model.cc": model("static int8_t last = 7; arena[16] = last; last = arena[0];")}
    with pytest.raises(ImageError, match="initialised variables"):
        build_firmware(files, BOARD, cflags=("-O2",))


def test_code_that_does_not_compile_is_an_image_error() -> None:
    with pytest.raises(ImageError, match="compiling"):
        build_firmware({"model.cc": "nonsense"}, BOARD, cflags=("-O2",))
