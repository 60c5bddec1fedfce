"""Asking the reference interpreter."""

from collections.abc import Sequence

from builds.verify.child import EngineAnswer, run_engine
from builds.verify.interface import Interface
from builds.verify.reals import LIBRARY


def ask_tflm(
    model: bytes,
    interface: Interface,
    inputs: Sequence[bytes],
    *,
    deadline_seconds: float,
    probe: bool = False,
    stateful: bool = False,
    functions: bytes | None = None,
) -> EngineAnswer:
    """Run a model file over inputs in a child process.

    With `probe`, inputs on which the interpreter aborts are left out: `skipped` among the facts
    names them, and where the model is `stateful` all that come after the first of them.
    `functions` is a library that takes the place of those of the C library.

    Raises EngineUnavailable for a model that it does not take, EngineAborted, EngineFailed.
    """
    return run_engine(
        "tflm",
        interface,
        inputs,
        files={"model.tflite": model, **({LIBRARY: functions} if functions else {})},
        options={"probe": probe, "stateful": stateful, "functions": bool(functions)},
        deadline_seconds=deadline_seconds,
    )
