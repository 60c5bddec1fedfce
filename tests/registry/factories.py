"""Models, versions and datasets for tests, and the bytes of files both sound and broken."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from fleet.lib.errors import FleetError
from registry import selectors, services
from registry.models import Dataset, Model, ModelVersion
from registry.services.versions import Claims
from tests import personas

HDF5 = b"\x89HDF\r\n\x1a\n"
# The smallest .tflite: one graph with one tensor of 1 x 4 as its input, and one buffer of 8 bytes.
TINY = bytes.fromhex(
    "1800000054464c3300000e0010000c0000000800000004000e0000000c000000100000000300000001000000"
    "5c000000010000000c00000008000c000800040008000000080000000c000000010000000000000001000000"
    "1000000000000a000c000800000004000a000000000000000400000002000000010000000400000000000600"
    "080004000600000004000000080000003132333435363738"
)
TINY_SHAPE = np.array([2, 1, 4], "<i4").tobytes()  # as it lies in there, after its length
IO_SCHEMA: dict[str, Any] = {
    "inputs": [{"name": "image", "shape": [1, 8, 8, 1], "dtype": "float32"}],
    "outputs": [{"name": "scores", "shape": [1, 10], "dtype": "float32"}],
}


def npz_bytes(
    samples: int = 20, shape: tuple[int, ...] = (8, 8, 1), *, labels: bool = True, seed: int = 0
) -> bytes:
    """A sound dataset."""
    random = np.random.default_rng(seed)
    arrays: dict[str, Any] = {"x": random.random((samples, *shape), dtype=np.float32)}
    if labels:
        arrays["y"] = np.arange(samples, dtype=np.int64) % 10
    return npz_of(**arrays)


def npz_of(**arrays: Any) -> bytes:
    """A `.npz` of any arrays: the same arrays are the same bytes."""
    members: dict[str, bytes] = {}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array)
        members[f"{name}.npy"] = stream.getvalue()
    return zip_bytes(members, zipfile.ZIP_DEFLATED)


def zip_bytes(members: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of any members, without the time of day in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def keras_members(shape: tuple[int | None, ...] = (8, 8, 1), seed: int = 0) -> dict[str, bytes]:
    """What a `.keras` file holds; the weights are random, since nothing here loads them."""
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape]}},
        {"class_name": "Dense", "config": {"units": 10}},
    ]
    config = {"class_name": "Sequential", "config": {"layers": layers}}
    return {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": HDF5 + np.random.default_rng(seed).bytes(2000),
    }


def keras_bytes(shape: tuple[int | None, ...] = (8, 8, 1), seed: int = 0) -> bytes:
    """A file that looks like a Keras model from outside."""
    return zip_bytes(keras_members(shape, seed))


def tflite_bytes(size: int = 4) -> bytes:
    """A file that is sound from outside, whose input has `size` values; nothing can run it."""
    return TINY.replace(TINY_SHAPE, np.array([2, 1, size], "<i4").tobytes())


def upload(data: bytes, name: str = "file.bin") -> SimpleUploadedFile:
    """A file for a multipart body."""
    return SimpleUploadedFile(name, data)


def model_make(name: str = "digits") -> Model:
    """A model."""
    return services.model_create(name=name, by=personas.SYSTEM)


def dataset_make(kind: str = "evaluation", name: str = "held out", **what: Any) -> Dataset:
    """A dataset."""
    content = io.BytesIO(npz_bytes(**what))
    return services.dataset_add(name=name, kind=kind, content=content, by=personas.SYSTEM)


def version_make(
    model: Model | None = None,
    *,
    seed: int = 0,
    datasets: Mapping[str, Dataset] | None = None,
    admitted: bool = False,
    **claims: Any,
) -> ModelVersion:
    """A version; admitted when asked."""
    version = services.version_add(
        model=model or Model.objects.filter(name="digits").first() or model_make(),
        content=io.BytesIO(keras_bytes(seed=seed)),
        claims=Claims(**claims),
        datasets=datasets,
        by=personas.SYSTEM,
    )
    if admitted:
        services.version_admit(
            version=version, io_schema=IO_SCHEMA, ops={"Dense": 1}, by=personas.SYSTEM
        )
    return selectors.version_by_id(version.public_id)


def refusal_of(read: Callable[[], object]) -> str | None:
    """The sentence with which reading is refused, None where it is not; any other error goes on."""
    try:
        read()
    except FleetError as error:
        return error.message
    return None
