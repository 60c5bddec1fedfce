import io
from dataclasses import replace

import pytest

from builds.image import BundleFacts, ImageError, build_bundle, golden_file
from builds.verify import Interface, Proof, TensorSlot
from device_agent.protocol.bundle import load_bundle

FACTS = BundleFacts("digits", "1.0", 3, "linux-x86_64", ("zero", "one"), 2048)
INTERFACE = Interface(
    (TensorSlot("image", "int8", (1, 2, 2), 0.5, -1),),
    (TensorSlot("scores", "int8", (1, 2), 0.25, -128),),
)
PROOF = Proof(
    vectors=2,
    engines={"tflm": "t", "host": "h", "emulator": None},
    reasons={"emulator": "none"},
    equal=True,
    first_difference=None,
    instructions=None,
    stack_bytes=None,
    golden=[(b"\1\2\3\4", b"\5\6"), (b"\7\x08\x09\x0a", b"\x0b\x0c")],
    interface=INTERFACE,
)


def bundle(facts: BundleFacts = FACTS, proof: Proof = PROOF) -> bytes:
    return build_bundle(facts, proof, library=b"\x7fELF...", telemetry_schema=b'{"format":1}')


def test_the_devices_reader_finds_everything() -> None:
    contents = load_bundle(io.BytesIO(bundle()))
    assert contents.members["libmodel.so"] == b"\x7fELF..."
    assert contents.members["telemetry_schema.json"] == b'{"format":1}'
    assert contents.members["golden.bin"] == bytes(range(1, 13))
    assert contents.manifest.model == "digits"
    assert contents.manifest.class_names == ("zero", "one")
    assert contents.manifest.arena_bytes == 2048


def test_tensors_carry_their_quantisation() -> None:
    manifest = load_bundle(io.BytesIO(bundle())).manifest
    (image,), (scores,) = manifest.inputs, manifest.outputs
    assert (image.name, image.shape, image.scale, image.zero_point) == ("image", (1, 2, 2), 0.5, -1)
    assert (scores.bytes, scores.zero_point) == (2, -128)
    assert manifest.golden_vectors == 2


def test_golden_bytes_are_inputs_then_outputs() -> None:
    assert golden_file(PROOF) == bytes(range(1, 13))


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert bundle() == bundle()


def test_an_unproved_build_gets_no_bundle() -> None:
    unequal = replace(PROOF, equal=False, first_difference="vector 1, output 0 differs")
    with pytest.raises(ImageError, match="not proved: vector 1"):
        bundle(proof=unequal)
    with pytest.raises(ImageError, match="no vectors"):
        bundle(proof=replace(PROOF, golden=[]))


def test_what_no_device_would_accept_is_not_given_away() -> None:
    with pytest.raises(ImageError, match="no device would accept"):
        bundle(facts=replace(FACTS, version_number=-1))
