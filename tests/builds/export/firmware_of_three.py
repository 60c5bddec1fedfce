"""Three networks as a firmware has them: two whose memory is the firmware's, one with its weights
placed when it runs. Exported once for the whole suite.
"""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from builds.compiler import Embedding, Weights
from builds.export import Material, lay_out, load_layout
from builds.export.gather import Wish, gather
from builds.targets import load_target
from tests.builds.compiler.networks import Conv, Net
from tests.builds.compiler.operators.filters.conv_2d import add_conv
from tests.builds.compiler.operators.filters.fully_connected import add_dense

TARGET = "cortex-m4f"
IN_TURN = Embedding(instance=True, hook=True, shared_kernels=True, kept_inputs=True)
PLACED = Embedding(placed_weights=True)


def _model(name: str) -> bytes:
    net = Net({"voice": 21, "digits": 22, "wake": 23}[name])
    if name != "wake":
        add_conv(net, Conv(6, 5, 3, 4, (3, 3)))
    if name != "digits":
        add_dense(net, 1, 12, 5)
    if name == "digits":
        add_conv(net, Conv(5, 5, 2, 6, (3, 3)))
    return net.build()


@cache
def three() -> dict[str, Material]:
    """The materials, by name."""
    return {name: _material(name) for name in ("voice", "digits", "wake")}


def _material(name: str) -> Material:
    wish = Wish(
        name=name,
        version="1.2.3",
        model=_model(name),
        target=load_target(TARGET),
        vectors=2,
        named=True,
        embedding=IN_TURN,
        labels=("yes", "no"),
    )
    if name == "wake":
        wish = replace(wish, embedding=PLACED, weights=Weights.APART)
    with tempfile.TemporaryDirectory() as folder:
        return gather(wish, Path(folder))


def sources() -> dict[str, str]:
    """All C++ and headers of the three models, which have none in common but one; the chip's
    library in the archives is no part of them.
    """
    found: dict[str, str] = {}
    for made in three().values():
        for path, data in lay_out(load_layout("sources"), made).items():
            if path.endswith((".h", ".cc")) and not path.startswith("ef/"):
                assert found.setdefault(path, data.decode()) == data.decode()
    return found
