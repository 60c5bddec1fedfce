"""What deltas cost: `make delta-bench` (a few minutes; TensorFlow trains the demonstration).

* The demonstration's model, trained on with 200 images more from where 1.0 ended, for three epochs
  (half of its weights keep their int8 value) and for ten (a third does): its file, and the bundle
  that a Linux device downloads.
* Public models whose weights were moved as that training moved its own, drawn weight by weight.
* Firmware: the code of some of them for a Cortex-M4F, linked, with a counter put into its entry
  point.
"""

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from builds.compiler import compile_model, read_graph
from builds.compiler.errors import CompileError
from builds.image import BundleFacts, build_bundle
from builds.targets.catalog import load_target
from builds.toolchain import build_library, build_shared
from builds.toolchain.elf import SHT_NOBITS, Elf
from builds.verify import prove
from fleet.demo import digits, train
from ota.releases.deltas.write import make_delta

MODELS: Final = Path(__file__).resolve().parents[5] / "shared/models"
NOT_HERE: Final = "the public models are not on this machine"
WEIGHTS_LEAST: Final = 64  # bytes of a constant that training moves
WEIGHTS_MAX: Final = 40  # percent of its file, that a retrained model may cost
EPOCHS: Final = {3: WEIGHTS_MAX, 10: None}  # and what a delta may then cost
PATCH_MAX: Final = 15  # percent, that a patch of firmware may
CODE: Final = "model.cc"
ENTRY: Final = "int32_t ef_invoke(void) {\n"
COUNTED: Final = f"uint32_t ef_runs; /* since the start */\n\n{ENTRY}    ef_runs += 1;\n"
PATCHED: Final = ("kws_ref_model", "person_detect", "ad01_int8", "pretrainedResnet_quant")


@dataclass(frozen=True)
class Cost:
    """One line of the table."""

    what: str
    file: int
    alone: int
    delta: int
    most: int | None  # percent; None where the figure is for comparison alone

    @property
    def percent(self) -> float:
        return 100 * self.delta / self.file

    @property
    def high(self) -> bool:
        return self.most is not None and self.percent > self.most

    def __str__(self) -> str:
        sizes = (f"{size:,}" for size in (self.file, self.alone, self.delta))
        return f"| {self.what} | {' | '.join(sizes)} | {self.percent:.1f} |"


def cost(what: str, old: bytes, new: bytes, most: int | None) -> Cost:
    return Cost(what, len(new), len(make_delta(b"", new)), len(make_delta(old, new)), most)


def trained(folder: Path) -> list[bytes]:
    """1.0 as the demonstration trains it, and trained on from there; all int8."""
    import keras

    digits.write(folder / "data")
    train.train(folder / "data", digits.VERSIONS["1.0"], folder / "first.keras")
    images, labels = digits.load()
    parts = digits.split(images, labels)
    seen = [np.concatenate([parts["train"][at], parts["field"][at][:200]]) for at in (0, 1)]
    found = []
    for epochs in (0, *EPOCHS):
        model = keras.models.load_model(folder / "first.keras")
        keras.utils.set_random_seed(3)
        model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
        if epochs:
            model.fit(*seen, epochs=epochs, batch_size=train.BATCH, verbose=0)
        found.append(int8(model, parts["calibration"][0]))
    return found


def int8(model: Any, calibration: Any) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[None]] for image in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with redirect_stdout(sys.stderr):  # TensorFlow tells where it saved what
        return bytes(converter.convert())


def weights(model: bytes) -> list[bytes]:
    """The constants of a model that a training moves, in the graph's order."""
    tensors = [tensor for tensor in read_graph(model).tensors if tensor.dtype == "int8"]
    found = [tensor.data for tensor in tensors if tensor.data is not None]
    return [data for data in found if len(data) >= WEIGHTS_LEAST]


def steps(first: bytes, second: bytes) -> list[int]:
    """By how much each weight was moved."""
    pairs = zip(weights(first), weights(second), strict=True)
    both = [(np.frombuffer(a, np.int8), np.frombuffer(b, np.int8)) for a, b in pairs]
    return [int(step) for a, b in both for step in b.astype(int) - a]


def moved(model: bytes, drawn: list[int], rng: random.Random) -> bytes:
    """A model whose weights were moved, each by a step of its own."""
    for data in weights(model):
        change = np.array(rng.choices(drawn, k=len(data)))
        after = np.clip(np.frombuffer(data, np.int8) + change, -127, 127).astype(np.int8)
        model = model.replace(data, after.tobytes(), 1)
    return model


def bundle(model: bytes, version: str, folder: Path) -> bytes:
    """What a Linux device downloads."""
    target = load_target("linux-x86_64")
    code = compile_model(model, target)
    shared = build_shared(code.files, target, folder / "shared", cflags=code.cflags)
    proof = prove(model, code, target, vectors=8, workdir=folder, steps=code.step_names)
    facts = BundleFacts("digits", version, 1, target.name, (), code.arena_bytes)
    return build_bundle(facts, proof, library=shared.read_bytes(), telemetry_schema=b"{}")


def firmware(model: bytes, edit: Callable[[str], str], folder: Path) -> bytes:
    """The code and the weights of a model as a board has them in flash."""
    target = load_target("cortex-m4f")
    code = compile_model(model, target)
    files = {**code.files, CODE: edit(code.files[CODE])}
    build_library(files, target, folder, cflags=code.cflags)
    linked = Elf((folder / "model.elf").read_bytes())
    return b"".join(piece.data for piece in linked.pieces if piece.kind != SHT_NOBITS)


def demonstration(folder: Path) -> Iterator[Cost]:
    first, *others = trained(folder)
    old = bundle(first, "1.0", folder / "0")
    for second, (epochs, most) in zip(others, EPOCHS.items(), strict=True):
        how = f"trained on for {epochs} epochs"
        yield cost(f"digits, {how}: the .tflite file", first, second, most)
        new = bundle(second, "1.1", folder / str(epochs))
        yield cost(f"digits, {how}: the bundle", old, new, most)
        yield from public(steps(first, second), f"moved alike, {epochs} epochs", most)


def public(drawn: list[int], how: str, most: int | None) -> Iterator[Cost]:
    for path in sorted(MODELS.glob("*.tflite")):
        model = path.read_bytes()
        try:
            known = bool(weights(model))
        except CompileError:
            continue
        if known:
            after = moved(model, drawn, random.Random(path.name))
            yield cost(f"{path.stem}, {how}", model, after, most)


def patched(folder: Path) -> Iterator[Cost]:
    for name in PATCHED if MODELS.exists() else ():
        model = (MODELS / f"{name}.tflite").read_bytes()
        old = firmware(model, lambda text: text, folder / name / "old")
        new = firmware(model, lambda text: text.replace(ENTRY, COUNTED), folder / name / "new")
        yield cost(f"{name}, a patch of its code for cortex-m4f", old, new, PATCH_MAX)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    say("| what | bytes | compressed alone | delta | % |\n|---|---|---|---|---|")
    high = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for each in chain(demonstration(folder), patched(folder)):
            say(str(each))
            high += each.high
    if not MODELS.exists():
        say(NOT_HERE)
    return min(high, 1)


if __name__ == "__main__":
    sys.exit(main())
