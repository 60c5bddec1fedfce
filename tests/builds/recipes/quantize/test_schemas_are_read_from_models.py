"""Inputs and outputs are read from the tensors that Keras hands over."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from builds.recipes.quantize.convert import check_fits, io_schema, layers
from builds.recipes.quantize.protocol import Unfit


def tensor(*shape: int | None, name: str = "image") -> Any:
    return SimpleNamespace(name=name, shape=(None, *shape), dtype="float32")


def model(*inputs: Any) -> Any:
    return SimpleNamespace(inputs=list(inputs), outputs=[tensor(2, name="scores")])


def test_the_batch_is_one() -> None:
    assert io_schema(model(tensor(8, 8, 1))) == {
        "inputs": [{"name": "image", "shape": [1, 8, 8, 1], "dtype": "float32"}],
        "outputs": [{"name": "scores", "shape": [1, 2], "dtype": "float32"}],
    }


def test_a_size_that_is_not_fixed_is_refused() -> None:
    with pytest.raises(Unfit, match="Tensor image has a size that is not fixed"):
        io_schema(model(tensor(None, 4)))


def test_a_model_that_was_never_built_is_refused() -> None:
    with pytest.raises(Unfit, match="does not say its input shape"):
        io_schema(SimpleNamespace(inputs=None))


def test_samples_must_be_what_the_model_takes() -> None:
    schema = io_schema(model(tensor(8, 8, 1)))
    check_fits(schema, np.zeros((3, 8, 8, 1), np.float32), "calibration")
    with pytest.raises(Unfit, match=r"holds samples of \(4, 8, 1\); the model takes \(8, 8, 1\)"):
        check_fits(schema, np.zeros((3, 4, 8, 1), np.float32), "calibration")


def test_models_with_two_inputs_are_refused() -> None:
    schema = io_schema(model(tensor(4), tensor(4)))
    with pytest.raises(Unfit, match="Only models with one input are quantised; this has 2"):
        check_fits(schema, np.zeros((3, 4), np.float32), "calibration")


def test_layers_are_counted_by_kind() -> None:
    class Dense:
        pass

    class Add:
        pass

    parts = [Dense(), Add(), Dense()]
    net = SimpleNamespace(_flatten_layers=lambda include_self: parts)
    assert layers(net) == {"Add": 1, "Dense": 2}
