"""A program: trains the demonstration's three versions with another seed, and asks each of them
about every image that the cameras may see. `python -m tests.fleet.demo.trained_releases SEED OUT`.

OUT becomes a folder with one `LABEL.npz` a version: `document` (JSON) and `counts` are its
telemetry schema and reference, `total`, `correct` and `confusion` its calibration, `slots` (images
x numbers) the counts that a device adds one to when it sees the image.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builds.recipes.quantize import convert, profile
from builds.recipes.quantize.data import evenly, samples
from device_agent.protocol.schema import CONFIDENCE_BINS, parse_schema
from fleet.demo import digits, train

CLASSES: Final = tuple(str(digit) for digit in range(10))
Int8 = NDArray[np.int8]


class Answers:
    """An int8 model that is asked one image at a time, as a device asks it."""

    def __init__(self, tflite: bytes) -> None:
        import tensorflow as tf

        self._model = tf.lite.Interpreter(model_content=tflite)
        self._model.allocate_tensors()
        (self._in,) = self._model.get_input_details()
        (self._out,) = self._model.get_output_details()

    def tensors(self, images: Any) -> Int8:
        """Return images as flat int8 tensors."""
        return profile.quantised_samples(images, _spec(self._in))

    def descriptors(self, tensors: Int8) -> dict[str, Any]:
        """Return the descriptors of each tensor."""
        return profile.descriptors(tensors, _spec(self._in).shape)

    def outputs(self, tensors: Int8) -> Int8:
        """Return the int8 outputs, one row a tensor."""
        return np.stack([self._ask(each) for each in tensors])

    def classes(self) -> tuple[str, ...]:
        """Return the classes, if the output is a softmax in eight bits."""
        return profile.class_names(CLASSES, _spec(self._out))

    def _ask(self, tensor: Int8) -> Int8:
        self._model.set_tensor(self._in["index"], tensor.reshape(self._in["shape"]))
        self._model.invoke()
        return np.array(self._model.get_tensor(self._out["index"])[0], np.int8)


def _spec(found: Any) -> profile.TensorSpec:
    scale, zero_point = found["quantization"]
    shape = tuple(int(n) for n in found["shape"])
    return profile.TensorSpec(shape, found["dtype"].__name__, float(scale), int(zero_point))


def version(data: Path, label: str, seed: int, out: Path) -> None:
    """Train, quantise and measure one version."""
    how = digits.VERSIONS[label]
    keras = out / f"{label}.keras"
    train.train(data, how, keras, seed)
    calibrating = samples(str(data / f"{how.pipeline}-calibration.npz"))
    images = evenly(calibrating, convert.CALIBRATION_SAMPLES).x
    answers = Answers(convert.to_int8(convert.load(str(keras)), images))
    reference = samples(str(data / f"{how.pipeline}-reference.npz"))
    tensors = answers.tensors(reference.x)
    described, outputs = answers.descriptors(tensors), answers.outputs(tensors)
    document = profile.schema_document(
        model="digits", version=label, classes=answers.classes(), described=described
    )
    known = profile.calibration(outputs, np.asarray(reference.y, np.int64))
    field = np.fromfile(data / "field.f32", "<f4").reshape(-1, *reference.x.shape[1:])
    np.savez(
        out / f"{label}.npz",
        document=json.dumps(document),
        counts=profile.reference_counts(document, described, outputs),
        slots=_slots(answers, document, field),
        total=known["total"],
        correct=known["correct"],
        confusion=known["confusion"],
    )


def _slots(answers: Answers, document: dict[str, Any], images: Any) -> NDArray[np.int64]:
    """Return which counts each image adds one to, latency aside."""
    schema = parse_schema(document)
    tensors = answers.tensors(images)
    described, outputs = answers.descriptors(tensors), answers.outputs(tensors)
    found = [
        schema.layout.feature(index).start
        + np.searchsorted(feature.edges, described[feature.descriptor], side="right")
        for index, feature in enumerate(schema.features)
    ]
    bins = (outputs.max(axis=1).astype(np.int64) + 128) >> 4
    found.append(schema.layout.confidences.start + outputs.argmax(axis=1) * CONFIDENCE_BINS + bins)
    return np.stack(found, axis=1)


def main(seed: int, out: Path) -> int:
    """Make what is not there yet; a version's file is there once it is whole."""
    data = out / "data"
    digits.write(data, seed)
    for label in digits.VERSIONS:
        if not (out / f"{label}.npz").exists():
            version(data, label, seed, out)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
