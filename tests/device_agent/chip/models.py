"""Small models in their images: one that is good, and others that no chip should keep."""

import hashlib
from functools import cache

from builds.export.golden import golden_header
from builds.image.chip import DEMO_MAP, SlotModel, model_image
from builds.image.schema_table import schema_table
from builds.verify import Interface, TensorSlot
from device_agent.protocol.manifest import Tensor
from device_agent.protocol.schema import Feature, TelemetrySchema
from tests.builds.toolchain.sources import MULTIPLY, model, multiply

VECTORS = 4
HEADER = """\
#ifndef MODEL_H
#define MODEL_H
#include <stdint.h>
#define EF_INPUTS 1
#define EF_OUTPUTS 1
#ifdef __cplusplus
extern "C" {
#endif
int32_t ef_init(void);
void *ef_input(uint32_t index);
const void *ef_output(uint32_t index);
int32_t ef_invoke(void);
#ifdef __cplusplus
}
#endif
#endif
"""
CRASH = "__builtin_trap();"
HANG = 'for (;;) __asm__ volatile("");'
# The vectors go well, and so do a few inferences after them.
CRASH_LATER = f"static uint32_t runs; if (++runs > 8) {{ {CRASH} }} {MULTIPLY}"
GOOD, RETRAINED = MULTIPLY, MULTIPLY.replace("1234567", "1234567 * 1")
WRONG_WEIGHT = MULTIPLY.replace("weights[i]", "(weights[i] + (i == 5 ? 3 : 0))")

# A window a second, so that a test sees one.
SCHEMA = TelemetrySchema(
    model="multiply",
    version="1.0.0",
    features=(Feature("level", "mean", (-64, 0, 64)),),
    classes=tuple(f"class {index}" for index in range(16)),
    window_seconds=1,
)
GIVEN = Tensor("x", "int8", (16,), 1.0, 0, 16)


@cache
def image(
    target: str, body: str = GOOD, version: str = "1.0.0", counter: int = 1, slot: int | None = None
) -> bytes:
    """The file of a model with this body, with the vectors of the good one."""
    return model_image(slot_model(target, body, version, counter), DEMO_MAP, slot=slot)


def slot_model(
    target: str, body: str = GOOD, version: str = "1.0.0", counter: int = 1
) -> SlotModel:
    """The same before it is linked."""
    tensor = TensorSlot("x", "int8", (16,), 1.0, 0)
    inputs = [bytes((13 * i + 7 * at) % 256 for at in range(16)) for i in range(VECTORS)]
    golden = [(one, multiply(one)) for one in inputs]
    files = {
        "model.cc": model(body),
        "model.h": HEADER,
        "golden.h": golden_header(Interface((tensor,), (tensor,)), golden),
    }
    return SlotModel(
        files=files,
        target=target,
        cflags=("-O1",),
        name="multiply",
        version=version,
        counter=counter,
        abi=hashlib.sha256(b"one input, one output").digest(),
        model_sha256=hashlib.sha256(version.encode()).digest(),
        schema=schema_table(SCHEMA, GIVEN, GIVEN).words,
    )
