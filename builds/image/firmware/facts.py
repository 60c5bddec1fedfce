"""What a model tells of itself on the chip: `model_info.h` as macros, `model_info.cc` at run time.

Guarantees: equal facts give equal text; a name or label of any characters is a text in C, and never
anything else; what nobody measured has no macro and is EF_UNKNOWN.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Final

from builds.image.errors import ImageError

if TYPE_CHECKING:  # a worker packs and signs images, and holds no reader of models
    from builds.verify import Interface, TensorSlot

COMMON: Final = "ef_common.h"
HEADER: Final = "model_info.h"
SOURCE: Final = "model_info.cc"
LABELS_MAX: Final = 4096  # of one model
TEXT_MAX: Final = 256  # characters of a name, a version or a label
DIGEST_BYTES: Final = 32
DTYPES: Final = {
    "bool": "EF_BOOL",
    "int8": "EF_INT8",
    "uint8": "EF_UINT8",
    "int16": "EF_INT16",
    "int32": "EF_INT32",
    "int64": "EF_INT64",
    "float32": "EF_FLOAT32",
}
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - set(b'"\\?')


@dataclass(frozen=True)
class ModelFacts:
    """All that is told; None where nobody knows. Digests are hexadecimal, or empty."""

    name: str
    version: str
    target: str
    model_sha256: str
    build_sha256: str
    abi_sha256: str
    schema_sha256: str
    interface: "Interface"
    labels: Sequence[str]  # of the classes, which are the elements of the first output
    arena_bytes: int  # with the state
    state_bytes: int
    stack_bytes: int | None = None
    instructions: int | None = None
    cycles: int | None = None
    scales_told: bool = True  # not where weights lie apart, whose trainings have each their own


def build_digest(files: Mapping[str, str], target: str, cflags: Sequence[str]) -> str:
    """A digest of what a compiler is given: sources by name, target and flags."""
    whole = hashlib.sha256("\0".join((target, *cflags)).encode())
    for name in sorted(files):
        whole.update(f"\0{name}\0{files[name]}".encode())
    return whole.hexdigest()


def facts_files(facts: ModelFacts) -> dict[str, str]:
    """Header and source, by the plain names, and what every model has in common."""
    _require_texts(facts)
    common = (resources("builds.image.firmware") / COMMON).read_text("utf-8")
    return {COMMON: common, HEADER: _header(facts), SOURCE: _source(facts)}


def quoted(text: str) -> str:
    """A text as a string of C, in UTF-8."""
    letters = [chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in text.encode()]
    return f'"{"".join(letters)}"'


def _require_texts(facts: ModelFacts) -> None:
    if len(facts.labels) > LABELS_MAX:
        raise ImageError(f"A model tells at most {LABELS_MAX} labels, not {len(facts.labels)}.")
    for text in (facts.name, facts.version, facts.target, *facts.labels):
        if len(text) > TEXT_MAX or "\0" in text:
            raise ImageError(
                f"A name or label has at most {TEXT_MAX} characters and no zero byte, not "
                f"{text[:40]!r}."
            )


def _header(facts: ModelFacts) -> str:
    digests = {
        "MODEL_SHA256": facts.model_sha256,
        "BUILD_SHA256": facts.build_sha256,
        "ABI_SHA256": facts.abi_sha256,
        "SCHEMA_SHA256": facts.schema_sha256,
    }
    texts = {"NAME": facts.name, "VERSION": facts.version, "TARGET": facts.target, **digests}
    numbers = {
        "STACK_BYTES": facts.stack_bytes,
        "INSTRUCTIONS": facts.instructions,
        "CYCLES": facts.cycles,
    }
    lines = [
        "/* What this model is: the same facts as macros and at run time. */",
        "#ifndef EDGEFLEET_MODEL_INFO_H",
        "#define EDGEFLEET_MODEL_INFO_H",
        "",
        f'#include "{COMMON}"',
        "",
        *(f"#define EF_INFO_{key} {quoted(text)}" for key, text in texts.items() if text),
        *(f"#define EF_INFO_{key} {n}u" for key, n in numbers.items() if n is not None),
        "",
        "#ifdef __cplusplus",
        'extern "C"',
        "#endif",
        "const ef_facts_t *ef_info(void);",
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _source(facts: ModelFacts) -> str:
    sides = {"input": facts.interface.inputs, "output": facts.interface.outputs}
    labels = _labels(facts.labels)
    shapes = [
        _shape(f"{side}_{number}", slot)
        for side, slots in sides.items()
        for number, slot in enumerate(slots)
    ]
    lines = [
        '#include "model_info.h"',
        "",
        "namespace {",
        "",
        *labels,
        *shapes,
        *(_tensors(side, slots, facts) for side, slots in sides.items()),
        "",
        "}  // namespace",
        "",
        'extern "C" {',
        "extern const ef_facts_t ef_facts;  // for the table of an image",
        _facts(facts),
        "",
        "const ef_facts_t *ef_info(void) { return &ef_facts; }",
        '}  // extern "C"',
    ]
    return "\n".join(lines) + "\n"


def _labels(labels: Sequence[str]) -> list[str]:
    if not labels:
        return []
    rows = [f"    {quoted(label)}," for label in labels]
    return [f"const char *const kLabels[{len(labels)}] = {{", *rows, "};", ""]


def _shape(name: str, slot: "TensorSlot") -> str:
    sizes = [f"{size}u" for size in slot.shape] or ["1u"]
    return f"constexpr uint32_t kShape_{name}[{len(sizes)}] = {{{', '.join(sizes)}}};"


def _tensors(side: str, slots: Sequence["TensorSlot"], facts: ModelFacts) -> str:
    if not slots:
        return ""
    rows = []
    for number, slot in enumerate(slots):
        count = len(facts.labels) if (side, number) == ("output", 0) else 0
        scale, zero = (slot.scale, slot.zero_point) if facts.scales_told else (0.0, 0)
        if not math.isfinite(scale):
            raise ImageError(f"The scale of {side} {number} is not finite.")
        rows.append(
            f"    {{{DTYPES[slot.dtype]}, {len(slot.shape)}, {count}, {slot.nbytes}u, "
            f"kShape_{side}_{number}, {float(scale).hex()}f, {zero}, "
            f"{'kLabels' if count else 'nullptr'}}},"
        )
    head = f"constexpr ef_tensor_t k{side.title()}s[{len(slots)}] = {{"
    return "\n".join([head, *rows, "};"])


def _facts(facts: ModelFacts) -> str:
    digests = (facts.model_sha256, facts.build_sha256, facts.abi_sha256, facts.schema_sha256)
    numbers = (
        facts.arena_bytes,
        facts.state_bytes,
        facts.stack_bytes,
        facts.instructions,
        facts.cycles,
    )
    sides = {"Input": facts.interface.inputs, "Output": facts.interface.outputs}
    rows = [
        "EF_FACTS_FORMAT",
        *(quoted(text) for text in (facts.name, facts.version, facts.target)),
        *(_digest(text) for text in digests),
        *("EF_UNKNOWN" if number is None else f"{number}u" for number in numbers),
        *(f"{len(slots)}u" for slots in sides.values()),
        *(f"k{side}s" if slots else "nullptr" for side, slots in sides.items()),
    ]
    return "\n".join(["const ef_facts_t ef_facts = {", *(f"    {row}," for row in rows), "};"])


def _digest(text: str) -> str:
    data = bytes.fromhex(text) or bytes(DIGEST_BYTES)
    if len(data) != DIGEST_BYTES:
        raise ImageError(f"A digest has {DIGEST_BYTES} bytes, not {len(data)}.")
    rows = ", ".join(f"0x{byte:02x}" for byte in data)
    return f"{{{rows}}}"
