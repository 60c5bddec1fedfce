"""A build for a board with model slots leaves an image that its chip takes as it is."""

import hashlib
from functools import reduce
from pathlib import Path

import pytest

from builds.choices import ArtifactKind, Optimise
from builds.image.model_image import PayloadKind, read
from builds.pipeline.image import images_sign
from builds.pipeline.stages.make import make_files, make_library, make_proof, make_sources
from builds.pipeline.stages.order import BuildOrder, StageResults
from builds.pipeline.stages.work import Work
from builds.targets import load_target, slot_board
from device_agent.protocol.chip.image import target_digest
from device_agent.protocol.schema import Feature, TelemetrySchema, dump_schema
from tests.builds.export.exports import model

pytestmark = pytest.mark.toolchain

SCHEMA = TelemetrySchema("digits", "1.4", (Feature("level", "mean", (-64, 0, 64)),), ("a", "b"))


def order(target: str, version: str = "1.4") -> BuildOrder:
    return BuildOrder(
        model="Digits, handwritten",
        version=version,
        version_number=3,
        target=load_target(target),
        optimise=Optimise.BALANCED,
        int8=model(),
        schema=dump_schema(SCHEMA),
        class_names=SCHEMA.classes,
        vectors=2,
        security_counter=7,
    )


@pytest.mark.parametrize("target", ["mps2-an386", "host-x86_64"])
def test_it_is_linked_for_the_boards_map_with_the_releases_counter(
    target: str, tmp_path: Path
) -> None:
    asked, stages = order(target), (make_sources, make_library, make_proof, make_files)
    work = reduce(lambda work, stage: stage(work), stages, Work(asked, tmp_path))
    (unsigned,) = work.unsigned
    image, board = read(unsigned.payload), slot_board(target)
    assert board is not None
    assert (image.kind, image.load_address) == (PayloadKind.CODE, board.places.run)
    assert (image.counter, image.target) == (7, target_digest(target))
    assert image.model_sha256 == hashlib.sha256(model()).digest()
    assert b"digits_handwritten\0" in image.payload
    assert b"1.4\0" in image.payload
    assert SCHEMA.schema_id in image.payload  # the recorder's table names what it counts by
    kinds = {each.kind for each in work.outputs}
    assert ArtifactKind.BUNDLE not in kinds
    made = StageResults({}, work.outputs, work.unsigned, "")
    (kept,) = images_sign(asked, made)
    assert (kept.kind, kept.data) == (ArtifactKind.IMAGE, unsigned.payload)
