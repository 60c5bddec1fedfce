"""Deployment archives as Edge Impulse's Studio lays them out, written here from its constants."""

import zipfile
from collections.abc import Mapping
from typing import Any

from tests.registry.factories import zip_bytes

METADATA = "model-parameters/model_metadata.h"
VARIABLES = "model-parameters/model_variables.h"
MFCC = {"num_cepstral": "13", "frame_length": "0.02f", "channels": '"Red, Green"', "axis": "names"}
DEFINED = {
    "EI_CLASSIFIER_PROJECT_ID": "672382",
    "EI_CLASSIFIER_PROJECT_OWNER": '"Acme"',
    "EI_CLASSIFIER_PROJECT_NAME": '"Wake // word"',
    "EI_CLASSIFIER_PROJECT_DEPLOY_VERSION": "3",
    "EI_CLASSIFIER_NN_INPUT_FRAME_SIZE": "64",
    "EI_CLASSIFIER_RAW_SAMPLE_COUNT": "16000",
    "EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME": "1",
    "EI_CLASSIFIER_LABEL_COUNT": "3",
    "EI_CLASSIFIER_HAS_ANOMALY": "EI_ANOMALY_TYPE_UNKNOWN",
    "EI_CLASSIFIER_FREQUENCY": "16000",
    "EI_CLASSIFIER_INTERVAL_MS": "0.0625",
    "EI_CLASSIFIER_THRESHOLD": "0.6",
    "EI_CLASSIFIER_OBJECT_DETECTION": "0",
    "EI_CLASSIFIER_SENSOR_MICROPHONE": "1",
    "EI_CLASSIFIER_SENSOR": "EI_CLASSIFIER_SENSOR_MICROPHONE",
    "EI_CLASSIFIER_FUSION_AXES_STRING": '"audio"',
    "EI_STUDIO_VERSION_MAJOR": "1",
    "EI_STUDIO_VERSION_MINOR": "71",
    "EI_STUDIO_VERSION_PATCH": "28",
}


def metadata(block: str = "mfcc", fields: Mapping[str, str] = MFCC, **changes: str) -> str:
    """The header of constants; `changes` name constants without their prefix."""
    defined = DEFINED | {f"EI_CLASSIFIER_{name}": value for name, value in changes.items()}
    lines = [f"#define {name:<44} {value}" for name, value in defined.items()]
    members = "".join(f"    float {name};\n" for name in fields)
    structure = f"typedef struct {{\n    uint32_t block_id;\n{members}}} ei_dsp_config_{block}_t;"
    return "\n".join(["/* A header:", " * {} */", *lines, structure, ""])


def variables(
    labels: str = '"no", "yes", "a \\"third\\""',
    block: str = "mfcc",
    fields: Mapping[str, str] = MFCC,
) -> str:
    """The header with labels and blocks."""
    values = "".join(f"    {value}, // float {name}\n" for name, value in fields.items())
    return (
        '#include "model_metadata.h" // and no more\n'
        f"const char* ei_classifier_inferencing_categories[] = {{ {labels} }};\n"
        f"ei_dsp_config_{block}_t ei_dsp_config_2 = {{\n    2, // uint32_t blockId\n{values}}};\n"
        f"    &extract_{block}_features, // DSP function pointer\n"
    )


def array(data: bytes, name: str = "tflite_learn_3", length: int | None = None) -> str:
    """A network as a C array, twelve bytes a line, and its length beside it."""
    lines = [
        "  " + ", ".join(f"0x{byte:02x}" for byte in data[at : at + 12]) + ","
        for at in range(0, len(data), 12)
    ]
    return (
        "#define ALIGN(X) __attribute__((aligned(X)))\n"
        f"const unsigned char {name}[] ALIGN(16) = {{ // of bytes\n"
        + "\n".join(lines)
        + f"\n}};\nunsigned int {name}_len = {len(data) if length is None else length};\n"
    )


def members(network: bytes, **changes: Any) -> dict[str, bytes]:
    """An archive with an array, of which `changes` replace members by name, or take them away."""
    found: dict[str, str | bytes | None] = {
        "edge-impulse-sdk/classifier/ei_run_classifier.h": "#pragma once\n",
        METADATA: metadata(),
        VARIABLES: variables(),
        "tflite-model/tflite_learn_3.h": array(network),
        **changes,
    }
    return {
        name: text.encode() if isinstance(text, str) else text
        for name, text in found.items()
        if text is not None
    }


def archive(network: bytes, **changes: Any) -> bytes:
    """The bytes of such an archive."""
    return zip_bytes(members(network, **changes), zipfile.ZIP_DEFLATED)
