"""A compiled network in the slot of an emulated board: its vectors are equal, or it is left."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from builds.export import Material
from builds.image.chip import DEMO_MAP, SlotModel, model_image
from tests.builds.export.exports import TARGET, material
from tests.device_agent.chip import stories
from tests.simulators.board import PROOF, Line, Made, has_qemu, qemu

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.emulator,
    pytest.mark.xdist_group("board"),
    pytest.mark.skipif(not has_qemu(), reason="qemu-system-arm is not installed"),
]


def image(made: Material, version: str) -> bytes:
    contents = made.contents()
    model = SlotModel(
        files={**made.files, "golden.h": contents["golden.h"].decode()},
        target=TARGET,
        cflags=made.cflags,
        name=made.name,
        version=version,
        counter=1,
        abi=bytes(32),
        model_sha256=hashlib.sha256(made.model).digest(),
    )
    return model_image(model, DEMO_MAP)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("board")
    with qemu(folder, Made(b"board-0004")) as running, running.line() as made:
        yield made


def test_it_is_proved_and_confirmed(line: Line) -> None:
    stories.bring(line, image(material(), "1.0.0"))
    assert line.ask(PROOF)["vectors"] == len(material().golden)
    assert stories.running(line) == "1.0.0"


def test_one_other_byte_is_found_on_the_board(line: Line) -> None:
    golden = list(material().golden)
    inputs, outputs = golden[2]
    golden[2] = (inputs, bytes([outputs[0] ^ 1]) + outputs[1:])
    wrong = image(replace(material(), golden=golden), "1.1.0")
    line.upload(wrong, stories.sha_of(wrong))
    assert stories.code_of_refusal(line, wrong) == 5
    assert line.ask(PROOF)["bad"] == 2
    assert stories.running(line) == "1.0.0"
