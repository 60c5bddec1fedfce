"""Asking the reference interpreter."""

from collections.abc import Sequence

from builds.verify.child import EngineAnswer, run_engine
from builds.verify.interface import Interface


def ask_tflm(
    model: bytes,
    interface: Interface,
    inputs: Sequence[bytes],
    *,
    deadline_seconds: float,
    probe: bool = False,
    stateful: bool = False,
) -> EngineAnswer:
    """Run a model file over inputs in a child process.

    With `probe`, inputs on which the interpreter aborts are left out: `skipped` among the facts
    names them, and where the model is `stateful` all that come after the first of them.

    Raises EngineUnavailable for a model that it does not take, EngineAborted, EngineFailed.
    """
    return run_engine(
        "tflm",
        interface,
        inputs,
        files={"model.tflite": model},
        options={"probe": probe, "stateful": stateful},
        deadline_seconds=deadline_seconds,
    )
