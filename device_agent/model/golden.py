"""Run a model's golden vectors, in a process of its own: ``python -m device_agent.model.golden
FOLDER``.

A model that has not proved itself may crash, hang or eat memory; here it takes only this process
with it. Exit code 0: every byte of every output is as the build proved. Else one line says why.
"""

import os
import resource
import sys
from pathlib import Path

from device_agent.errors import ModelBroken
from device_agent.model.compiled import CompiledModel
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.manifest import GOLDEN, Manifest

EXIT_EQUAL = 0
EXIT_BROKEN = 3
MEMORY_BYTES = 1024**3


def run_vectors(folder: Path) -> None:
    """Raise ``ModelBroken`` at the first output that differs."""
    model = CompiledModel.load(folder)
    with (folder / GOLDEN).open("rb") as file:
        for number in range(model.manifest.golden_vectors):
            inputs, expected = split(file.read(model.manifest.vector_bytes), model.manifest)
            if model.invoke(inputs) != expected:
                raise ModelBroken(f"Golden vector {number} gives other bytes than the build.")


def split(vector: bytes, manifest: Manifest) -> tuple[list[bytes], list[bytes]]:
    """Return inputs and outputs of one vector."""
    parts, position = [], 0
    for tensor in (*manifest.inputs, *manifest.outputs):
        parts.append(vector[position : position + tensor.bytes])
        position += tensor.bytes
    return parts[: len(manifest.inputs)], parts[len(manifest.inputs) :]


def main(arguments: list[str]) -> int:
    """Prove the model in a folder."""
    folder, cpu_seconds = Path(arguments[0]), int(arguments[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        run_vectors(folder)
    except (ModelBroken, ProtocolError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        return EXIT_BROKEN
    return EXIT_EQUAL


def _alone_on_stdout() -> None:
    """Keep the way to the agent for the reason: what a model prints, perhaps for ever, is lost."""
    sys.stdout = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)


if __name__ == "__main__":
    _alone_on_stdout()
    raise SystemExit(main(sys.argv[1:]))
