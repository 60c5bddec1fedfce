import hashlib
from pathlib import Path

import pytest

from builds.targets import load_target
from builds.verify import Interface, TensorSlot, golden_inputs
from builds.verify.engines import run_tflm
from builds.verify.subject import Subject

MODELS = Path(__file__).parents[3].parent / "shared" / "models"
SHAPES = {
    "kws_ref_model": ((1, 49, 10, 1), (1, 12)),
    "pretrainedResnet_quant": ((1, 32, 32, 3), (1, 10)),
    "vww_96_int8": ((1, 96, 96, 3), (1, 2)),
    "ad01_int8": ((1, 640), (1, 640)),
    "hello_world_int8": ((1, 1), (1, 1)),
}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_public_model_answers_the_same_twice(name: str, tmp_path: Path) -> None:
    path = MODELS / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"the public model {name}.tflite is not beside the project")
    inputs, outputs = (TensorSlot("t", "int8", shape, 1.0, 0) for shape in SHAPES[name])
    interface = Interface((inputs,), (outputs,))
    vectors = golden_inputs(interface, vectors=4)
    target = load_target("cortex-m4f")
    what = Subject(path.read_bytes(), {}, (), target, interface, tmp_path)
    one, two = run_tflm(what, vectors), run_tflm(what, vectors)
    assert one.outputs == two.outputs
    assert len({hashlib.sha256(output).digest() for output in one.outputs}) > 1
    assert one.facts["engine"].startswith("tflite-micro ")
