"""With `--arithmetic litert`, what TFLM computes beyond rounding is computed as LiteRT does."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from builds.compiler import Arithmetic, compile_model
from builds.compiler.arithmetic.multiplier import clamp_range, quantize_multiplier, scale_exactly
from builds.compiler.cli import main
from builds.compiler.litert import as_litert
from builds.compiler.read.tflite import read_subgraphs
from builds.targets import load_target
from builds.verify import Proof, prove
from tests.builds.compiler.modelfile import TensorSpec
from tests.builds.compiler.networks import Net

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
TARGET = load_target("cortex-m0plus")
Ends = tuple[float, int]
# Of input and output: an output that ends at 6, one that goes beyond, another zero point alone.
SCALES: list[tuple[Ends, Ends]] = [
    ((0.05, 3), (6 / 255, -128)),
    ((0.05, 3), (0.08, -100)),
    ((0.02, -10), (0.02, 40)),
    ((0.3, 0), (0.011, 17)),
]


def clamping(before: Ends, behind: Ends, dtype: str = "int8") -> bytes:
    net = Net(1)
    ends = [
        net.spec.tensor(TensorSpec((1, 256), dtype, (scale,), (zero,)))
        for scale, zero in (before, behind)
    ]
    net.spec.inputs.append(ends[0])
    net.spec.outputs.append(ends[1])
    net.spec.op("RELU6", ends[:1], ends[1:])
    return net.build()


def padded_blocks() -> bytes:
    net = Net(4)
    kept = {"scale": 0.05, "zero": 3}
    source, target = net.source((1, 3, 4, 2), **kept), net.result((4, 2, 3, 2), **kept)
    numbers = (net.integers([2, 2]), net.integers([[1, 0], [2, 0]]))
    net.spec.op("SPACE_TO_BATCH_ND", (source, *numbers), (target,))
    return net.build()


def proved(model: bytes, workdir: Path) -> Proof:
    compiled = compile_model(model, TARGET, arithmetic=Arithmetic.LITERT)
    return prove(model, compiled, TARGET, vectors=6, workdir=workdir)


@pytest.mark.toolchain
@pytest.mark.parametrize(("before", "behind"), SCALES)
def test_relu6_rescales_every_byte_as_litert_s_kernel_does(
    before: Ends, behind: Ends, tmp_path: Path
) -> None:
    model = clamping(before, behind)
    proof = proved(model, tmp_path)
    assert proof.equal, proof.first_difference
    assert proof.engines["tflm"], proof.reasons
    assert proof.seen is not None
    assert proof.seen.plausible is not None
    assert not proof.seen.plausible.beyond
    source, target = read_subgraphs(model)[0].tensors
    by = quantize_multiplier(source.scale / target.scale)
    low, high = clamp_range(3, target)
    for given, made in proof.golden:
        scaled = [
            scale_exactly(value - source.zero_point, by) + target.zero_point
            for value in np.frombuffer(given, np.int8).tolist()
        ]
        expected = [min(max(value, low), high) for value in scaled]
        assert np.frombuffer(made, np.int8).tolist() == expected


@pytest.mark.toolchain
def test_relu6_of_16_bits_rescales_too(tmp_path: Path) -> None:
    proof = proved(clamping((0.0005, 0), (0.0004, 0), "int16"), tmp_path)
    assert proof.equal, proof.first_difference
    assert proof.seen is not None
    assert proof.seen.plausible is not None
    assert not proof.seen.plausible.beyond


@pytest.mark.toolchain
def test_blocks_are_padded_with_the_zero_point(tmp_path: Path) -> None:
    proof = proved(padded_blocks(), tmp_path)
    assert proof.equal, proof.first_difference
    _, made = proof.golden[0]
    assert np.frombuffer(made, np.int8).reshape(4, 2, 3, 2)[0, 0].tolist() == [[3, 3]] * 3


def test_a_model_in_which_the_two_agree_stays_byte_for_byte() -> None:
    model = clamping((0.02, 3), (0.02, 3))
    assert as_litert(model).model == model
    assert as_litert(model).operators == ()


@pytest.mark.parametrize("make", [lambda: clamping(*SCALES[1]), padded_blocks])
def test_what_is_rewritten_is_whole(make: Callable[[], bytes]) -> None:
    model = make()
    changed = as_litert(model)
    assert changed.model.endswith(model)
    before, after = read_subgraphs(model)[0], read_subgraphs(changed.model)[0]
    assert [t.name for t in after.inputs + after.outputs] == [
        t.name for t in before.inputs + before.outputs
    ]
    used = {i for op in before.ops for i in (op.inputs[0], *op.outputs)}
    assert all(after.tensors[i] == before.tensors[i] for i in used)
    assert len(after.ops) == len(before.ops) + 1
    assert as_litert(changed.model).model == changed.model


@pytest.mark.toolchain
@pytest.mark.parametrize("name", ["relu6_alone", "relu6_with_skip_quantised"])
def test_the_command_refuses_unless_an_arithmetic_is_chosen(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = CASES / f"{name}.tflite"
    if not path.exists():
        pytest.skip("the shared cases are not beside the project")

    def run(*more: str) -> int:
        arguments = [str(path), "--target", "cortex-m4f", "--verify", "2", "--json", *more]
        return main([*arguments, "--out", str(tmp_path)])

    assert run() == 2
    said = capsys.readouterr()
    assert "RELU6 (operator" in said.err
    assert "'litert'" in said.err
    assert json.loads(said.out)["proof"]["equal"] is True
    assert run("--arithmetic", "tflm") == 0
    kept = json.loads(capsys.readouterr().out)["arithmetic"]
    assert (kept["used"], len(kept["beyond_rounding"])) == ("tflm", 1)
    assert run("--arithmetic", "litert") == 0
    other = json.loads(capsys.readouterr().out)["arithmetic"]
    assert (other["used"], other["beyond_rounding"]) == ("litert", [])
    assert [text[:5] for text in other["litert_operators"]] == ["RELU6"]


@pytest.mark.toolchain
def test_what_litert_computes_the_same_way_is_still_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Net(3)
    sources = [net.source((1, 16), scale=s, zero=0) for s in (0.05, 0.02)]
    net.spec.op("MAXIMUM", sources, (net.result((1, 16), scale=0.03, zero=0),))
    path = tmp_path / "model.tflite"
    path.write_bytes(net.build())
    arguments = [str(path), "--target", "cortex-m4f", "--verify", "2", "--arithmetic", "litert"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "MAXIMUM (operator 0)" in said
    assert "export it with one scale" in said


LITERT = """
import sys
import numpy as np
import tensorflow as tf
kernels = tf.lite.experimental.OpResolverType.BUILTIN_REF
found = tf.lite.Interpreter(model_path=sys.argv[1], experimental_op_resolver_type=kernels)
found.allocate_tensors()
given = found.get_input_details()[0]
rows = np.load(sys.argv[2])
made = []
for row in rows:
    found.set_tensor(given["index"], row.reshape(given["shape"]))
    found.invoke()
    made.append(found.get_tensor(found.get_output_details()[0]["index"]).reshape(-1))
np.save(sys.argv[3], np.array(made))
"""


@pytest.mark.tensorflow
@pytest.mark.toolchain
@pytest.mark.parametrize(
    "make", [*(lambda s=s: clamping(*s) for s in SCALES), padded_blocks], ids=range(len(SCALES) + 1)
)
def test_litert_itself_gives_the_same_bytes_but_at_ties(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    """LiteRT rounds the quotient of the scales to float32, so what nearly is a tie may go up."""
    model = make()
    proof = proved(model, tmp_path)
    (tmp_path / "model.tflite").write_bytes(model)
    rows = np.array([np.frombuffer(given, np.int8) for given, _ in proof.golden])
    np.save(tmp_path / "in.npy", rows)
    places = [str(tmp_path / name) for name in ("model.tflite", "in.npy", "out.npy")]
    subprocess.run([sys.executable, "-c", LITERT, *places], check=True, capture_output=True)
    ours = np.array([np.frombuffer(made, np.int8) for _, made in proof.golden], int)
    theirs = np.load(tmp_path / "out.npy").astype(int)
    (source,), (target,) = read_subgraphs(model)[0].inputs, read_subgraphs(model)[0].outputs
    differs = ours != theirs
    if rows.shape == ours.shape:  # one value in, one value out
        exact = (rows.astype(int) - source.zero_point) * (source.scale / target.scale)
        differs &= np.abs(exact - np.floor(exact) - 0.5) > 1e-5
        assert np.abs(ours - theirs).max() <= 1
    assert not differs.any()
