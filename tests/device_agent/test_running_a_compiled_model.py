"""ModelRunner and the golden check on real machine code, loaded by ctypes."""

import io
import subprocess
from array import array
from pathlib import Path
from typing import Any

import pytest

from device_agent.errors import ModelBroken
from device_agent.model import ModelRunner, golden
from device_agent.model.compiled import CompiledModel
from device_agent.model.quantise import BadInput
from device_agent.protocol.bundle import MANIFEST, read_bundle
from device_agent.state.record import Slot
from device_agent.update.prover import ChildProver
from tests.device_agent.conftest import Compile
from tests.device_agent.simulators.bundles import bundle_of, golden_of

pytestmark = pytest.mark.toolchain


def unpacked(folder: Path, bundle: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    files: dict[str, io.BufferedWriter] = {}
    read_bundle(io.BytesIO(bundle), lambda n: files.setdefault(n, (folder / n).open("wb")))
    for file in files.values():
        file.close()
    assert MANIFEST in files
    return folder


@pytest.fixture
def runner(tmp_path: Path, compiled: Compile) -> ModelRunner:
    return ModelRunner.load(unpacked(tmp_path / "m", bundle_of("1.0", library=compiled())))


def test_numbers_go_in_quantised_and_bytes_come_out(runner: ModelRunner) -> None:
    done = runner.infer([0.0, 0.5, 1.0, -1.0])
    assert array("b", done.inputs[0]).tolist() == [-3, -2, -1, -5]
    assert array("b", done.outputs[0]).tolist() == [-2, -1, -5, -3]
    assert done.latency_us >= 0
    runner.close()


def test_outputs_can_be_read_as_real_numbers(runner: ModelRunner) -> None:
    done = runner.infer(bytes([0, 1, 2, 127]))
    assert runner.real(done) == [(v + 128) / 256 for v in (1, 2, 127, 0)]
    runner.close()


@pytest.mark.parametrize("sample", [b"123", [1.0] * 5, (b"1234", b"1234"), ()])
def test_input_of_another_shape_never_reaches_the_model(
    runner: ModelRunner, sample: object
) -> None:
    with pytest.raises(BadInput):
        runner.infer(sample)  # type: ignore[arg-type]
    runner.close()


def test_another_library_under_the_same_name_is_really_another(
    tmp_path: Path, compiled: Compile
) -> None:
    folder = tmp_path / "slot"
    first = ModelRunner.load(unpacked(folder, bundle_of("1.0", library=compiled())))
    assert first.infer(b"\1\2\3\4").outputs == (b"\2\3\4\1",)
    second = ModelRunner.load(unpacked(folder, bundle_of("1.0", library=compiled("WRONG"))))
    assert second.infer(b"\1\2\3\4").outputs == (b"\3\3\4\1",)
    assert first.infer(b"\1\2\3\4").outputs == (b"\2\3\4\1",)
    first.close()
    second.close()
    second.close()


def test_a_refusal_of_the_model_is_told(tmp_path: Path, compiled: Compile) -> None:
    folder = unpacked(tmp_path / "m", bundle_of("1.0", library=compiled("REFUSES")))
    with pytest.raises(ModelBroken, match="answered 7"):
        ModelRunner.load(folder).infer(bytes(4))


def test_something_else_than_a_library_is_told(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "m", bundle_of("1.0"))
    with pytest.raises(ModelBroken, match="does not load"):
        CompiledModel.load(folder)


def test_golden_vectors_that_agree_pass(tmp_path: Path, compiled: Compile) -> None:
    golden.run_vectors(unpacked(tmp_path / "m", bundle_of("1.0", library=compiled())))


def test_one_changed_byte_of_one_vector_is_named(tmp_path: Path, compiled: Compile) -> None:
    vectors = bytearray(golden_of([bytes([i, 2, 3, 4]) for i in range(5)]))
    vectors[3 * 8 + 7] ^= 1
    bundle = bundle_of("1.0", library=compiled(), golden=bytes(vectors))
    with pytest.raises(ModelBroken, match="Golden vector 3"):
        golden.run_vectors(unpacked(tmp_path / "m", bundle))


def test_a_model_that_talks_fills_nothing(
    tmp_path: Path, compiled: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    talker, liar = compiled("TALKS"), compiled("TALKS", "WRONG")
    said: list[bytes] = []
    run = subprocess.run

    def listening(*words: Any, **options: Any) -> Any:
        done = run(*words, **options)
        said.extend((done.stdout, done.stderr))
        return done

    monkeypatch.setattr(subprocess, "run", listening)
    prover = ChildProver(tmp_path, deadline_seconds=60)
    unpacked(tmp_path / "slot-a", bundle_of("1.0", library=talker))
    prover.prove(Slot.A)
    assert said == [b"", b""]
    unpacked(tmp_path / "slot-b", bundle_of("1.0", library=liar))
    with pytest.raises(ModelBroken, match="Golden vector 0"):
        prover.prove(Slot.B)
