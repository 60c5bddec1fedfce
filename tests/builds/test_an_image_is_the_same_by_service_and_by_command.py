"""An image does not depend on who makes it: the service, or a command."""

import json
import zipfile
from functools import reduce
from pathlib import Path

import pytest

from builds.choices import Optimise
from builds.export.cli import main
from builds.pipeline.stages.firmware import image_payload, slot_payload
from builds.pipeline.stages.make import chip_table, make_library, make_proof, make_sources
from builds.pipeline.stages.order import BuildOrder
from builds.pipeline.stages.work import Work
from builds.targets import board_for, load_target, slot_board
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.builds.export.exports import model

pytestmark = pytest.mark.toolchain
TARGET, BOARD = "cortex-m4f", "mps2-an386"


SCHEMA = TelemetrySchema("digits", "1.4.0", (Feature("level", "mean", (0,)),), ("zero", "one"))
COUNTER = 7


def made(target: str, folder: Path) -> Work:
    """What the service's stages leave before images are packed."""
    order = BuildOrder(
        model="digits",
        version="1.4.0",
        version_number=3,
        target=load_target(target),
        optimise=Optimise.BALANCED,
        int8=model(),
        schema=dump_schema(SCHEMA),
        class_names=SCHEMA.classes,
        vectors=2,
        security_counter=COUNTER,
    )
    stages = (make_sources, make_library, make_proof)
    return reduce(lambda work, stage: stage(work), stages, Work(order, folder))


def exported(layout: str, board: str, member: str, folder: Path) -> bytes:
    """The same by command."""
    schema = json.dumps(dump_schema(SCHEMA)).encode()
    files = {"net.tflite": model(), "schema.json": schema, "names.txt": b"zero\none\n"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    facts = {
        "--name": "digits",
        "--version": "1.4.0",
        "--labels": str(folder / "names.txt"),
        "--schema": str(folder / "schema.json"),
        "--board": board,
        "--vectors": "2",
        "--counter": str(COUNTER),
        "--layout": layout,
        "--out": str(folder / "image.zip"),
    }
    options = [word for pair in facts.items() for word in pair]
    assert main([str(folder / "net.tflite"), *options]) == 0
    with zipfile.ZipFile(folder / "image.zip") as archive:
        return archive.read(f"digits/{member}")


def test_an_image_for_a_boot_loader_has_the_same_bytes(tmp_path: Path) -> None:
    service = image_payload(made(TARGET, tmp_path))
    assert exported("image", board_for(TARGET).name, "payload.bin", tmp_path) == service.payload
    assert b"1.4.0\0" in service.payload


def test_so_has_the_file_of_a_model_slot(tmp_path: Path) -> None:
    work = made(BOARD, tmp_path)
    board = slot_board(BOARD)
    assert board is not None
    service = slot_payload(work, board, chip_table(work))
    assert exported("slot", BOARD, "model.slot.bin", tmp_path) == service.payload
    assert SCHEMA.schema_id in service.payload
