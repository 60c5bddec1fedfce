"""Subjects for the engines: the toolchain suite's tiny models with an interface around them."""

from pathlib import Path

from builds.targets import load_target
from builds.verify.interface import Interface, TensorSlot
from builds.verify.subject import Subject
from tests.builds.toolchain.sources import MULTIPLY, model

BYTES16 = Interface(
    (TensorSlot("input", "int8", (16,), 1.0, 0),),
    (TensorSlot("output", "int8", (4, 4), 1.0, 0),),
)


def subject(
    workdir: Path,
    body: str = MULTIPLY,
    *,
    target: str = "cortex-m4f",
    cflags: tuple[str, ...] = ("-O2",),
    init: str = "0",
    text: str | None = None,
) -> Subject:
    files = {"model.cc": text or model(body, init=init)}
    return Subject(b"", files, cflags, load_target(target), BYTES16, workdir)
