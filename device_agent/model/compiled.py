"""A compiled model, loaded and called: the four functions of its C interface through ctypes.

* What is loaded is the file that was opened: the library is loaded through its descriptor, so a
  name that changes meanwhile, or one that was loaded before, makes no difference.
* Every call checks lengths, because a wrong one would write over memory that is not ours.
"""

import _ctypes
import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from device_agent.errors import ModelBroken
from device_agent.protocol.manifest import LIBRARY, MANIFEST_LIMIT, Manifest, parse_manifest

MANIFEST = "manifest.json"


class CompiledModel:
    """One loaded library; one at a time may be called by one thread."""

    def __init__(self, library: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self._descriptor = os.open(library, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._library = ctypes.CDLL(f"/proc/self/fd/{self._descriptor}")
            self._bind()
        except (OSError, AttributeError) as error:
            os.close(self._descriptor)
            raise ModelBroken(f"{library} does not load as a model: {error}.") from error
        self._open = True
        if self._library.ef_init() != 0:
            self.close()
            raise ModelBroken("The model does not start: ef_init refused.")

    @classmethod
    def load(cls, folder: Path) -> "CompiledModel":
        """Return the model in a slot's folder."""
        with (folder / MANIFEST).open("rb") as file:
            manifest = parse_manifest(file.read(MANIFEST_LIMIT + 1))
        return cls(folder / LIBRARY, manifest)

    def invoke(self, inputs: Sequence[bytes]) -> list[bytes]:
        """Return all outputs for all inputs, as the bytes of their tensors."""
        wanted = self.manifest.inputs
        if len(inputs) != len(wanted):
            raise ValueError(f"The model has {len(wanted)} inputs, {len(inputs)} were given.")
        for index, (tensor, data) in enumerate(zip(wanted, inputs, strict=True)):
            if len(data) != tensor.bytes:
                raise ValueError(f"Input {index} has {len(data)} bytes, not {tensor.bytes}.")
            ctypes.memmove(self._library.ef_input(index), data, len(data))
        status = self._library.ef_invoke()
        if status != 0:
            raise ModelBroken(f"The model's ef_invoke answered {status}.")
        return [
            ctypes.string_at(self._library.ef_output(index), tensor.bytes)
            for index, tensor in enumerate(self.manifest.outputs)
        ]

    def close(self) -> None:
        """Unload it. Calling it afterwards is an error."""
        if self._open:
            self._open = False
            _ctypes.dlclose(self._library._handle)  # noqa: SLF001 - ctypes has no other way
            os.close(self._descriptor)

    def _bind(self) -> None:
        self._library.ef_init.restype = ctypes.c_int32
        self._library.ef_invoke.restype = ctypes.c_int32
        for name in ("ef_input", "ef_output"):
            function = getattr(self._library, name)
            function.argtypes = [ctypes.c_uint32]
            function.restype = ctypes.c_void_p
