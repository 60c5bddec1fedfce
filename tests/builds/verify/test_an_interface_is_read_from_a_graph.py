from types import SimpleNamespace

import pytest

from builds.verify import interface_of


def tensor(**changes: object) -> SimpleNamespace:
    fields = {"name": "t", "dtype": "int8", "shape": (1, 4), "scale": 0.5, "zero_point": -1}
    return SimpleNamespace(**{**fields, **changes})


def graph(*tensors: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(inputs=tensors, outputs=tensors)


def test_it_keeps_order_and_sizes() -> None:
    interface = interface_of(graph(tensor(), tensor(dtype="int16", shape=(3,))))
    assert interface.input_bytes == [4, 6]
    assert interface.output_bytes == [4, 6]


def test_a_scalar_has_one_element() -> None:
    assert interface_of(graph(tensor(shape=()))).input_bytes == [1]


@pytest.mark.parametrize(("given", "read"), [(0.5, 0.5), ((0.25,), 0.25), (None, 0.0), ((), 0.0)])
def test_scales_come_alone_or_in_a_sequence_or_not_at_all(given: object, read: float) -> None:
    assert interface_of(graph(tensor(scale=given))).inputs[0].scale == read


def test_zero_points_too() -> None:
    slots = interface_of(graph(tensor(zero_point=(7,)), tensor(zero_point=None))).inputs
    assert [slot.zero_point for slot in slots] == [7, 0]
