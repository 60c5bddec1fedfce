"""What a deployment archive says of itself: labels, project, sensor, thresholds, blocks. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from fleet.lib.errors import Refused
from registry.files.edge_impulse.blocks import Word, blocks, feed, printable, word
from registry.files.edge_impulse.c_text import definitions, items, resolved, unquoted
from registry.files.edge_impulse.members import opened, parameters

LABELS: Final = re.compile(r"\bei_classifier_inferencing_categories\w*\s*\[\w*\]\s*=\s*\{")
PREFIX: Final = "EI_CLASSIFIER_"
# As a version's lineage calls them.
NAMED: Final = {
    "project": "PROJECT_NAME",
    "project_id": "PROJECT_ID",
    "owner": "PROJECT_OWNER",
    "deploy_version": "PROJECT_DEPLOY_VERSION",
    "frequency_hz": "FREQUENCY",
    "interval_ms": "INTERVAL_MS",
    "axes": "FUSION_AXES_STRING",
    "raw_samples": "RAW_SAMPLE_COUNT",
    "values_per_sample": "RAW_SAMPLES_PER_FRAME",
    "image_width": "INPUT_WIDTH",
    "image_height": "INPUT_HEIGHT",
    "features": "NN_INPUT_FRAME_SIZE",
    "threshold": "THRESHOLD",
}
STUDIO: Final = ("MAJOR", "MINOR", "PATCH")
NO_ANOMALY: Final = frozenset({"", "0", "EI_ANOMALY_TYPE_UNKNOWN"})


@dataclass(frozen=True)
class ImpulseFacts:
    """What an archive says; `classes` are the labels where each has an output of its own."""

    classes: tuple[str, ...]
    told: dict[str, Any]


def impulse_facts(stream: BinaryIO, *, limit_bytes: int) -> ImpulseFacts:
    """Read the headers of an archive. Raises Refused or TooLarge with a sentence."""
    with opened(stream, limit_bytes=limit_bytes) as archive:
        return facts_of(parameters(archive))


def facts_of(text: str) -> ImpulseFacts:
    """What the headers say, given as one text without comments. Raises Refused."""
    defined = definitions(text)
    labels = _labels(text, defined)
    detects = resolved(defined, f"{PREFIX}OBJECT_DETECTION") not in ("", "0")
    told: dict[str, Any] = {name: _value(defined, key) for name, key in NAMED.items()}
    told |= {
        "studio": ".".join(resolved(defined, f"EI_STUDIO_VERSION_{part}") for part in STUDIO),
        "sensor": _last(defined.get(f"{PREFIX}SENSOR", ""), "EI_CLASSIFIER_SENSOR_"),
        "anomaly": _anomaly(defined),
        "detects": [printable(label) for label in labels] if detects else None,
        "dsp": (found := blocks(text)),
    }
    told["feed"] = feed(found, _given(told), told["features"] or 0)
    return ImpulseFacts(
        classes=() if detects else labels,
        told={name: value for name, value in told.items() if value not in (None, "", 0, [], "..")},
    )


def _labels(text: str, defined: Mapping[str, str]) -> tuple[str, ...]:
    lists = [items(text, match.end()) for match in LABELS.finditer(text)]
    if len(lists) > 1:
        raise Refused("The archive holds several impulses; deploy one.")
    labels = tuple(unquoted(item) for item in lists[0]) if lists else ()
    if not labels:
        raise Refused("The archive names no labels.")
    count = resolved(defined, f"{PREFIX}LABEL_COUNT")
    if count and count != str(len(labels)):
        raise Refused(f"The archive says that it has {count[:16]} labels, and names {len(labels)}.")
    return labels


def _value(defined: Mapping[str, str], key: str) -> Word | None:
    return word(resolved(defined, PREFIX + key))


def _last(name: str, prefix: str) -> str:
    """What a constant's name says behind its prefix; empty for another value."""
    return printable(name.removeprefix(prefix)).lower() if name.startswith(prefix) else ""


def _anomaly(defined: Mapping[str, str]) -> str:
    kind = defined.get(f"{PREFIX}HAS_ANOMALY", "")
    if kind in NO_ANOMALY:
        return ""
    return f"{_last(kind, 'EI_ANOMALY_TYPE_') or 'kmeans'}, which is not taken over"


def _given(told: Mapping[str, Any]) -> str:
    """What a block starts from, in words."""
    samples, each, rate = (told[n] for n in ("raw_samples", "values_per_sample", "frequency_hz"))
    if not samples or not each:
        return "the sensor's values"
    often = f" at {rate:g} Hz" if rate and isinstance(rate, int | float) else ""
    return f"{samples} samples of {each} value{'' if each == 1 else 's'}{often}"
