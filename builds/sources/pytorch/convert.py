"""Inside the jailed child, in the environment `pytorch`: a `.pt2` model becomes a float .tflite.

The program is loaded here, and here alone: loading may run what its author wrote, hence the jail.
"""

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final

import numpy as np

from builds.recipes.quantize.data import Floats
from builds.recipes.quantize.protocol import Unfit
from builds.sources.floats import Answer, beside
from builds.sources.pytorch.files import PT2_FILE
from registry.files.pt2 import Pt2Graph

OUT: Final = "converted.tflite"
REASON_CHARS: Final = 300


def convert(graph: Pt2Graph) -> dict[str, Any]:
    """Convert and measure; give the report. Raises Unfit."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise Unfit(
            "Only models with one input and one output are quantised; this has "
            f"{len(graph.inputs)} and {len(graph.outputs)}."
        )
    (value,) = graph.inputs
    module = _loaded(last=value.name in graph.images)
    shape = graph.shape_here(value)
    return beside(shape, "litert-torch", lambda: _converted(module, shape), lambda: _eager(module))


def _loaded(*, last: bool) -> Any:
    """The program, taking images with their channels at the end."""
    import torch  # noqa: PLC0415 - in its own environment alone

    torch.manual_seed(0)
    torch.set_num_threads(1)
    try:
        module = torch.export.load(PT2_FILE).module(check_guards=False)
    except Exception as error:
        raise Unfit(f"PyTorch cannot load this model: {_reason(error)}") from error
    if not last:
        return module
    from litert_torch import to_channel_last_io  # noqa: PLC0415 - in its own environment alone

    return to_channel_last_io(module, args=[0])


def _converted(module: Any, shape: tuple[int, ...]) -> bytes:
    import litert_torch  # noqa: PLC0415 - in its own environment alone
    import torch  # noqa: PLC0415 - idem

    sample = torch.zeros(shape)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            litert_torch.convert(module, (sample,), strict_export=False).export(OUT)
    except Exception as error:
        raise Unfit(f"litert-torch cannot convert this model: {_reason(error)}") from error
    return Path(OUT).read_bytes()


def _eager(module: Any) -> Answer:
    import torch  # noqa: PLC0415 - in its own environment alone

    def answer(x: Floats) -> Floats:
        with torch.no_grad():
            found = [module(torch.from_numpy(x[i : i + 1])) for i in range(len(x))]
        return np.concatenate([f.detach().numpy().reshape(1, -1) for f in found])

    return answer


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())[:REASON_CHARS]
    return words or type(error).__name__
