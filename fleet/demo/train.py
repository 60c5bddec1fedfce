"""Trains the models, as a script in a process of its own: `python -m fleet.demo.train DATA
OUT`.

TensorFlow is imported inside: nothing else of the demonstration loads it.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from fleet.demo.digits import SEED, VERSIONS, Training

BATCH: Final = 64
CLASSES: Final = 10


def network() -> Any:
    """Return a small convolutional network, 8 x 8 x 1 in, ten classes out."""
    import keras  # noqa: PLC0415

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="edges"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu", name="strokes"),
            layers.Conv2D(16, 1, activation="relu", name="mix"),
            layers.MaxPooling2D(2, name="half"),
            layers.Conv2D(24, 3, activation="relu", name="shapes"),
            layers.Flatten(name="flat"),
            layers.Dense(CLASSES, activation="softmax", name="digit"),
        ]
    )


def train(data: Path, how: Training, out: Path, seed: int = SEED) -> dict[str, float]:
    """Train as a version was, save `out` as a .keras file, return its metrics."""
    import keras  # noqa: PLC0415

    keras.utils.set_random_seed(seed)
    part = np.load(data / f"{how.pipeline}-train.npz")
    images, labels = part["x"][: how.images], part["y"][: how.images]
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rate = keras.optimizers.schedules.CosineDecay(0.01, how.epochs * len(images) // BATCH)
    model.optimizer = keras.optimizers.Adam(rate)
    history = model.fit(images, labels, epochs=how.epochs, batch_size=BATCH, verbose=0)
    model.save(out)
    return {"train_accuracy": round(float(history.history["accuracy"][-1]), 4)}


def main(data: Path, out: Path) -> None:
    """Train every version that is not trained yet: its file first, and then its metrics, which say
    that both are whole.
    """
    for version, how in VERSIONS.items():
        file, metrics = out / f"digits-{version}.keras", out / f"digits-{version}.json"
        if metrics.exists():
            continue
        part = out / f"part-{version}.keras"
        said = train(data, how, part)
        part.replace(file)
        part.write_text(json.dumps(said))
        part.replace(metrics)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
