"""The manual's table of sources and targets, measured: `python -m tests.builds.sources.table`.

Each network is trained on scikit-learn's digits (the last 597 of 1,797 are held out), converted in
the jail, compiled for each target and proved with three vectors. What is not
installed is left out and said. `--write` puts the table into the manual.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import django
import numpy as np

from builds.jailed.environments import PYTORCH, NotInstalled
from builds.recipes.quantize.run import quantize
from builds.sources.onnx.run import quantize_onnx, read_quantised
from builds.sources.onnx.write import write
from builds.sources.pytorch.run import quantize_pt2
from registry.files.onnx.model import CLASSICAL, OnnxNode
from tests.builds.sources.onnx import models, reference
from tests.builds.sources.onnx.accuracy import accuracy

TARGETS: Final = ("cortex-m0plus", "cortex-m4f", "rv32imc")
TRAINED: Final = 1200
PAGE: Final = Path(__file__).resolve().parents[3] / "fleet/console/docs/sources.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->"
SECONDS: Final = 1800.0
ONLY: Final = [word for word in sys.argv[1:] if not word.startswith("--")]  # sources to measure
TORCH: Final = """
import sys, numpy as np, torch
torch.manual_seed(0); torch.set_num_threads(1)
data = np.load(sys.argv[1])
x, y = torch.tensor(data["x"]).permute(0, 3, 1, 2), torch.tensor(data["y"])
net = torch.nn.Sequential(
    torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.ReLU(),
    torch.nn.Conv2d(8, 16, 3, stride=2, padding=1), torch.nn.ReLU(),
    torch.nn.Flatten(), torch.nn.Linear(256, 10), torch.nn.Softmax(1))
step = torch.optim.Adam(net.parameters(), 3e-3)
for _ in range(40):
    for part in torch.randperm(len(x)).split(64):
        step.zero_grad()
        loss = torch.nn.functional.nll_loss(torch.log(net(x[part]) + 1e-9), y[part])
        loss.backward(); step.step()
torch.export.save(torch.export.export(net.eval(), (x[:1].contiguous(),)), sys.argv[2])
"""


@dataclass(frozen=True)
class Digits:
    """Images of 8 x 8 from 0 to 1, and which digit each is."""

    x: Any
    y: Any

    def npz(self) -> bytes:
        """As a dataset is pushed."""
        file = io.BytesIO()
        np.savez(file, x=self.x, y=self.y)
        return file.getvalue()


def digits() -> tuple[Digits, Digits]:
    """To train with, and held out."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x = (found.images[..., None] / 16).astype(np.float32)
    return Digits(x[:TRAINED], found.target[:TRAINED]), Digits(x[TRAINED:], found.target[TRAINED:])


def keras_network(train: Digits, folder: Path) -> Any:
    """The demonstration's network, trained and saved."""
    import keras

    from fleet.demo.train import network

    keras.utils.set_random_seed(0)
    made = network()
    made.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    made.fit(train.x, train.y, epochs=20, batch_size=64, verbose=0)
    made.save(folder / "digits.keras")
    return made


def as_onnx(made: Any) -> Any:
    """The demonstration's network as exporters write it: channels second."""
    weights = {layer.name: [np.asarray(w) for w in layer.weights] for layer in made.layers}
    constants = {
        "w1": weights["edges"][0].transpose(3, 2, 0, 1), "b1": weights["edges"][1],
        "w2": weights["strokes"][0].transpose(2, 3, 0, 1), "b2": weights["strokes"][1],
        "w3": weights["mix"][0].transpose(3, 2, 0, 1), "b3": weights["mix"][1],
        "w4": weights["shapes"][0].transpose(3, 2, 0, 1), "b4": weights["shapes"][1],
        # Keras flattens with the channels last, ONNX with the channels first.
        "w5": weights["digit"][0].reshape(2, 2, 24, 10).transpose(3, 2, 0, 1).reshape(10, 96),
        "b5": weights["digit"][1],
    }  # fmt: skip
    pad = {"pads": (1, 1, 1, 1)}
    nodes = [
        OnnxNode("Conv", ("x", "w1", "b1"), ("c1",), pad), OnnxNode("Relu", ("c1",), ("r1",)),
        OnnxNode("Conv", ("r1", "w2", "b2"), ("c2",), {**pad, "group": 8}),
        OnnxNode("Relu", ("c2",), ("r2",)),
        OnnxNode("Conv", ("r2", "w3", "b3"), ("c3",)), OnnxNode("Relu", ("c3",), ("r3",)),
        OnnxNode("MaxPool", ("r3",), ("p",), {"kernel_shape": (2, 2), "strides": (2, 2)}),
        OnnxNode("Conv", ("p", "w4", "b4"), ("c4",)), OnnxNode("Relu", ("c4",), ("r4",)),
        OnnxNode("Flatten", ("r4",), ("f",), {"axis": 1}),
        OnnxNode("Gemm", ("f", "w5", "b5"), ("g",), {"transB": 1}),
        OnnxNode("Softmax", ("g",), ("y",), {"axis": 1}),
    ]  # fmt: skip
    return models.model(nodes, constants, classes=10)


def perceptron(train: Digits) -> Any:
    """scikit-learn's perceptron behind a scaler, as `skl2onnx` writes it."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    rows = train.x.reshape(len(train.x), -1)
    scaler = StandardScaler().fit(rows)
    net = MLPClassifier((32,), max_iter=300, random_state=1).fit(scaler.transform(rows), train.y)
    (w1, w2), (b1, b2) = net.coefs_, net.intercepts_
    nodes = [
        OnnxNode(
            "Scaler", ("x",), ("s",), domain=CLASSICAL,
            attributes={
                "offset": tuple(map(float, scaler.mean_)),
                "scale": tuple(float(1 / n) for n in scaler.scale_),
            },
        ),
        OnnxNode("MatMul", ("s", "w1"), ("m1",)), OnnxNode("Add", ("m1", "b1"), ("a1",)),
        OnnxNode("Relu", ("a1",), ("r1",)), OnnxNode("MatMul", ("r1", "w2"), ("m2",)),
        OnnxNode("Add", ("m2", "b2"), ("a2",)), OnnxNode("Softmax", ("a2",), ("y",), {"axis": 1}),
    ]  # fmt: skip
    constants = {"w1": w1, "b1": b1[None], "w2": w2, "b2": b2[None]}
    held = {name: values.astype(np.float32) for name, values in constants.items()}
    return models.model(nodes, held, shape=(0, 64), classes=10, opsets={"": 13, CLASSICAL: 1})


def exported(train: Digits, folder: Path) -> bytes:
    """A PyTorch network, trained and exported in the converter's environment."""
    (folder / "train.npz").write_bytes(train.npz())
    argv = [str(PYTORCH.home() / "bin/python"), "-c", TORCH]
    argv += [str(folder / "train.npz"), str(folder / "digits.pt2")]
    subprocess.run(argv, check=True, capture_output=True, timeout=SECONDS)
    return (folder / "digits.pt2").read_bytes()


def rows(folder: Path) -> Iterator[tuple[str, float | None, bytes, bool]]:
    """Each source: its name, the float accuracy, the int8 model, whether samples are rows."""
    train, held = digits()
    flat = [Digits(part.x.reshape(len(part.x), -1), part.y).npz() for part in (train, held)]
    whole: dict[str, Any] = {"calibration_npz": train.npz(), "evaluation_npz": held.npz()}
    more: dict[str, Any] = {"workdir": folder, "deadline_seconds": SECONDS}
    made = keras_network(train, folder)
    onnx = as_onnx(made)
    keras_bytes = (folder / "digits.keras").read_bytes()
    sources: list[tuple[str, Callable[[], Any], bool]] = [
        ("Keras", lambda: quantize(keras_bytes=keras_bytes, **whole, **more), False),
        ("ONNX, float", lambda: quantize_onnx(onnx_bytes=write(onnx), **whole, **more), False),
        (
            "scikit-learn perceptron, by ONNX",
            lambda: quantize_onnx(
                onnx_bytes=write(perceptron(train)),
                calibration_npz=flat[0], evaluation_npz=flat[1], **more,
            ),
            True,
        ),
        (
            "PyTorch",
            lambda: quantize_pt2(pt2_bytes=exported(train, folder), **whole, **more),
            False,
        ),
    ]  # fmt: skip
    samples = np.moveaxis(train.x[::12], -1, 1)
    yield (
        "ONNX, quantised (QDQ)",
        None,
        read_quantised(write(reference.quantised(onnx, samples)), folder),
        False,
    )
    for name, make, row in sources:
        if ONLY and name not in ONLY:
            continue
        try:
            found = make()
        except NotInstalled as error:
            sys.stderr.write(f"{name}: {error}\n")
            continue
        yield name, (found.float_metrics or {}).get("accuracy"), found.tflite, row


def proved(tflite: Path, target: str) -> str:
    """One cell: flash and RAM in bytes, where every engine gave equal bytes."""
    argv = [sys.executable, "-m", "builds.compiler", str(tflite), "--target", target]
    argv += ["--verify", "3", "--json", "--out", str(tflite.with_suffix(f".{target}"))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        return f"no: {done.stderr.strip()[:80]}"
    said = json.loads(done.stdout)
    flash, ram = said["flash_bytes"]["total"], said["ram_bytes"]["total"]
    return f"{flash:,} / {ram:,}" if said["proof"]["equal"] else "not equal"


def main() -> None:
    """Measure, and print or write."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    _, held = digits()
    head = ["source", "float", "int8", *TARGETS]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    with tempfile.TemporaryDirectory() as name:
        for number, (source, real, tflite, flat) in enumerate(rows(Path(name))):
            path = Path(name) / f"{number}.tflite"
            path.write_bytes(tflite)
            x = held.x.reshape(len(held.x), -1) if flat else held.x
            cells = [source, f"{real:.3f}" if real else "-", f"{accuracy(tflite, x, held.y):.3f}"]
            cells += [proved(path, target) for target in TARGETS]
            lines.append(f"| {' | '.join(cells)} |")
            sys.stderr.write(f"{lines[-1]}\n")
    table = "\n".join(lines) + "\n"
    sys.stdout.write(table)
    if "--write" in sys.argv:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
