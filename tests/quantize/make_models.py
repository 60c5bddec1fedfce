"""Makes small real Keras models in the folder that is its argument; run as a program of its own,
since TensorFlow takes seconds to start and must not enter the tests' process.
"""

import sys
from pathlib import Path

import numpy as np


def main(folder: Path) -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    labels = np.arange(300, dtype=np.int64) % 2
    rows = random.random((300, 8, 8, 1), dtype=np.float32) * np.float32(0.6)
    rows[labels == 1, :4] += np.float32(0.4)  # the upper half is bright, which is easily learned

    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D((2, 8)),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(rows, labels, epochs=30, verbose=0)
    model.save(folder / "small.keras")
    np.savez(folder / "calibration.npz", x=rows[:50])
    np.savez(folder / "evaluation.npz", x=rows, y=labels)
    point = keras.Input((4,))
    keras.Model(point, layers.Lambda(lambda x: x * 2)(point)).save(folder / "code.keras")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
