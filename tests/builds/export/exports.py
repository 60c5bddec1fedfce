"""One small network, exported once for the whole suite."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from builds.compiler import Weights
from builds.compiler.emit.identity import named as name_sources
from builds.export import Material, lay_out, load_layout, slug_of
from builds.export.gather import Wish, gather
from builds.export.texts.publication import Publication
from builds.export.tflm import gather_tflm
from builds.targets import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.fully_connected import add_dense
from tests.builds.compiler.operators.reductions.softmax import add_softmax

TARGET = "cortex-m4f"
TARGETS = {"esp-idf": "rv32imc"}  # of layouts whose ecosystem has no Cortex-M
PAGE = "https://models.acme.io/gear-wear"
LAYOUTS = ("arduino", "cmsis-pack", "esp-idf", "sources", "zephyr")  # of the compiled sources


@cache
def model() -> bytes:
    """Three layers with their own inputs and outputs, so that every index above 0 is used."""
    return _network(7)


def _network(seed: int) -> bytes:
    net = Net(seed)
    add_conv(net, Conv(6, 5, 3, 4, (3, 3)))
    add_dense(net, 1, 12, 5)
    add_softmax(net, 1, 6)
    return net.build()


def wish(name: str = "Gear wear-2", version: str = "1.4.0", vectors: int = 4) -> Wish:
    made = Wish(name, version, model(), load_target(TARGET), vectors)
    return replace(made, publication=Publication(url=PAGE, licence="MIT", released="2026-11-30"))


def retrained_model() -> bytes:
    """The same network with other weights, scales and zero points."""
    return _network(8)


def material(layout: str = "sources", *, named: bool = False) -> Material:
    """For the target that tests have in this layout; `named`: with its name in its symbols."""
    made = _together(layout)
    if not named:
        return made
    slug = slug_of(made.name)
    return replace(made, files=name_sources(made.files, slug), symbols=slug)


def _together(layout: str) -> Material:
    return _material(TARGETS.get(layout, TARGET), Weights.TOGETHER, model())


@cache
def _material(target: str, weights: Weights, data: bytes) -> Material:
    made = replace(wish(), model=data, weights=weights, target=load_target(target))
    with tempfile.TemporaryDirectory() as folder:
        return gather(made, Path(folder))


def apart_material(data: bytes | None = None, layout: str = "sources") -> Material:
    """The same with its weights apart."""
    return _material(TARGETS.get(layout, TARGET), Weights.APART, data or model())


@cache
def tflm_material() -> Material:
    with tempfile.TemporaryDirectory() as folder:
        return gather_tflm(wish(), Path(folder))


def members(layout: str, *, apart: bool = False) -> dict[str, bytes]:
    if layout == "tflm":
        made = tflm_material()
    else:
        made = apart_material(layout=layout) if apart else material(layout)
    return lay_out(load_layout(layout), made)


def text(layout: str, path: str) -> str:
    return members(layout)[path].decode()


def unpack(layout: str, folder: Path, *, apart: bool = False) -> Path:
    for path, data in members(layout, apart=apart).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder
