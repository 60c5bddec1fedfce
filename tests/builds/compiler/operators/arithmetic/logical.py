"""A small model of LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT."""

from tests.builds.compiler.masks import BROADCASTS, answers
from tests.builds.compiler.movements import plain_input
from tests.builds.compiler.networks import Net, Shape


def add_logic(net: Net, shapes: tuple[Shape, Shape, Shape]) -> None:
    """Join two masks by AND and by OR, and turn one over."""
    a, b, out = shapes
    masks = [plain_input(net, shape, "bool") for shape in (a, b)]
    for kind in ("LOGICAL_AND", "LOGICAL_OR"):
        net.spec.op(kind, masks, (answers(net, out),))
    net.spec.op("LOGICAL_NOT", masks[:1], (answers(net, a),))


def models() -> dict[str, bytes]:
    """Give small models, by name."""
    net = Net(1)
    add_logic(net, BROADCASTS[3])
    return {"bool": net.build()}
