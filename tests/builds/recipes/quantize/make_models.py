"""Makes small real Keras models in the folder that is its argument; run as a program of its own,
since TensorFlow takes seconds to start and must not enter the tests' process.
"""

import sys
from pathlib import Path
from typing import Any

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
    recurrent(keras, folder)
    lacking(keras, folder)


def recurrent(keras: Any, folder: Path) -> None:
    """Every recurrent layer that Keras has, in three files; dropout acts in training only."""
    layers, random = keras.layers, np.random.default_rng(2)
    given = keras.Input((6, 4))
    loops = [
        layers.LSTM(5, dropout=0.2, recurrent_dropout=0.2),
        layers.GRU(5, go_backwards=True),
        layers.GRU(3, reset_after=False),
        layers.SimpleRNN(5, activation="relu"),
        layers.Bidirectional(layers.LSTM(3), merge_mode="sum"),
        layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]),
    ]
    inner = keras.Sequential([keras.Input((6, 4)), layers.LSTM(3, return_sequences=True)])
    ends = [loop(given) for loop in loops] + [layers.Flatten()(inner(given))]
    answer = layers.Dense(3, activation="softmax")(layers.Concatenate()(ends))
    keras.Model(given, answer).save(folder / "recurrent.keras")
    video = keras.Input((3, 6, 6, 1))
    moving = layers.ConvLSTM2D(2, 3, padding="same")(video)
    answer = layers.Dense(3, activation="softmax")(layers.Flatten()(moving))
    keras.Model(video, answer).save(folder / "convolutional.keras")
    one = keras.Input((6, 4), batch_size=1)
    keras.Model(one, layers.LSTM(5, stateful=True)(one)).save(folder / "stateful.keras")
    long = keras.Input((400, 2))
    keras.Model(long, layers.LSTM(2)(long)).save(folder / "long.keras")
    x = random.random((40, 6, 4), dtype=np.float32)
    np.savez(folder / "sequences.npz", x=x, y=np.arange(40) % 3)
    np.savez(folder / "long.npz", x=random.random((4, 400, 2), dtype=np.float32))
    np.savez(folder / "videos.npz", x=random.random((10, 3, 6, 6, 1), dtype=np.float32))


def lacking(keras: Any, folder: Path) -> None:
    """Layers whose operators TensorFlow Lite Micro lacks."""
    layers = keras.layers
    given = keras.Input((6,))
    words = layers.Embedding(10, 4)(given)
    flat = layers.Dense(6, activation="gelu")(layers.Flatten()(words))
    rows = layers.Reshape((4, 6, 1))(layers.RepeatVector(4)(flat))
    wide = layers.Conv2D(2, 3, activation="gelu")(layers.UpSampling2D()(rows))
    answer = layers.Dense(3, activation="softmax")(layers.Flatten()(wide))
    keras.Model(given, answer).save(folder / "lacking.keras")
    x = np.random.default_rng(3).integers(0, 10, (40, 6)).astype(np.float32)
    np.savez(folder / "words.npz", x=x, y=np.arange(40) % 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
