"""What a deployment archive tells of itself becomes the version's class names and lineage."""

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib.errors import Refused, TooLarge
from registry import services
from registry.choices import Format
from registry.files.edge_impulse import c_text
from registry.files.edge_impulse.facts import ImpulseFacts, facts_of, impulse_facts
from registry.files.sniff import is_edge_impulse
from registry.models import ModelVersion
from registry.services.versions import Claims
from tests import personas
from tests.registry import impulses
from tests.registry.factories import keras_bytes, model_make, tflite_bytes, zip_bytes

NETWORK = tflite_bytes()


def look(data: bytes) -> ImpulseFacts:
    return impulse_facts(io.BytesIO(data), limit_bytes=4 * 1024**2)


def told(block: str = "mfcc", fields: Any = impulses.MFCC, **changes: str) -> dict[str, Any]:
    headers = impulses.metadata(block, fields, **changes)
    return facts_of(c_text.plain(headers + impulses.variables(block=block, fields=fields))).told


def pushed(data: bytes, **claims: Any) -> ModelVersion:
    return services.version_add(
        model=model_make(), content=io.BytesIO(data), claims=Claims(**claims), by=personas.SYSTEM
    )


def test_labels_project_sensor_and_blocks_are_read() -> None:
    found = look(impulses.archive(NETWORK))
    assert found.classes == ("no", "yes", 'a "third"')
    assert found.told == {
        "project": "Wake // word",
        "project_id": 672382,
        "owner": "Acme",
        "deploy_version": 3,
        "frequency_hz": 16000,
        "interval_ms": 0.0625,
        "axes": "audio",
        "raw_samples": 16000,
        "values_per_sample": 1,
        "features": 64,
        "threshold": 0.6,
        "studio": "1.71.28",
        "sensor": "microphone",
        "dsp": [
            {
                "block": "mfcc",
                "block_id": 2,
                "num_cepstral": 13,
                "frame_length": 0.02,
                "channels": "Red, Green",
            }
        ],
        "feed": (
            "The firmware must compute Edge Impulse's block mfcc from 16000 samples of 1 value at "
            "16000 Hz and feed the network the 64 numbers that come out."
        ),
    }


@pytest.mark.parametrize("block", ["raw", "image"])
def test_samples_and_pixels_need_no_block_in_the_firmware(block: str) -> None:
    assert "feed" not in told(block, {"scale_axes": "1.0f"})


def test_a_block_of_ones_own_is_named_by_its_function() -> None:
    text = impulses.variables().replace("ei_dsp_config", "mine").replace("mfcc", "custom_block")
    found = facts_of(text).told
    assert found["dsp"] == [{"block": "custom_block"}]
    assert found["feed"].startswith("The firmware must compute Edge Impulse's block custom block")


def test_what_an_anomaly_block_is_and_that_it_is_left_out_is_told() -> None:
    found = told(HAS_ANOMALY="EI_ANOMALY_TYPE_GMM")
    assert found["anomaly"] == "gmm, which is not taken over"


def test_labels_of_a_detector_are_no_classes_of_outputs() -> None:
    found = look(
        impulses.archive(NETWORK, **{impulses.METADATA: impulses.metadata(OBJECT_DETECTION="1")})
    )
    assert found.classes == ()
    assert found.told["detects"] == ["no", "yes", 'a "third"']


def test_an_archive_in_a_folder_is_read_too() -> None:
    inner = impulses.members(NETWORK)
    found = look(zip_bytes({f"wake-v3/{name}": data for name, data in inner.items()}))
    assert found.told["project"] == "Wake // word"


def test_its_archive_is_told_from_others() -> None:
    assert is_edge_impulse(io.BytesIO(impulses.archive(NETWORK)))
    assert not is_edge_impulse(io.BytesIO(keras_bytes()))


@pytest.mark.django_db
def test_a_push_takes_class_names_and_lineage_from_it() -> None:
    version = pushed(impulses.archive(NETWORK), lineage={"commit": "4f2a"})
    assert version.format == Format.EDGE_IMPULSE
    assert version.class_names == ["no", "yes", 'a "third"']
    assert version.lineage["commit"] == "4f2a"
    assert version.lineage["edge_impulse"]["deploy_version"] == 3


@pytest.mark.django_db
def test_class_names_of_the_pusher_stay() -> None:
    version = pushed(impulses.archive(NETWORK), class_names=["a", "b", "c"])
    assert version.class_names == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({impulses.VARIABLES: None}, "names no labels"),
        ({impulses.VARIABLES: impulses.variables("")}, "names no labels"),
        ({impulses.VARIABLES: impulses.variables('"no"')}, "has 3 labels, and names 1"),
        ({impulses.VARIABLES: impulses.variables("1, 2, 3")}, "where a string belongs"),
        ({impulses.VARIABLES: impulses.variables('"\\x41"')}, "an escape that is not read"),
        ({impulses.VARIABLES: impulses.variables() * 2}, "several impulses"),
        ({impulses.VARIABLES: impulses.variables("{1}, 2")}, "not closed, or one in another"),
        ({impulses.VARIABLES: "/* open"}, "without an end"),
        ({impulses.VARIABLES: '"open'}, "without an end"),
        ({impulses.VARIABLES: b"\xff\xfe"}, "is not text"),
        ({f"twice/{impulses.METADATA}": ""}, "model_metadata.h 2 times"),
        ({"../evil.h": ""}, "a member whose name is not plain"),
    ],
)
def test_a_bad_archive_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        look(impulses.archive(NETWORK, **changes))


def test_a_bomb_and_an_archive_that_was_cut_off_are_refused() -> None:
    with pytest.raises(TooLarge):
        look(impulses.archive(NETWORK, **{"sdk/zeros.c": bytes(5 * 1024**2)}))
    with pytest.raises(Refused, match="more than 100 times its size"):
        look(impulses.archive(NETWORK, **{"sdk/zeros.c": bytes(3 * 1024**2)}))
    with pytest.raises(TooLarge, match="at most 1048576 are read"):
        look(zip_bytes(impulses.members(NETWORK, **{impulses.VARIABLES: b" " * (1024**2 + 1)})))
    with pytest.raises(Refused, match="damaged or was cut off"):
        look(impulses.archive(NETWORK)[:-30])


@given(st.text())
def test_any_text_has_comments_taken_out_or_is_refused(text: str) -> None:
    with suppress(Refused):
        assert len(c_text.plain(text)) <= len(text)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), max_size=5))
def test_strings_of_a_list_are_read_as_they_were_written(words: list[str]) -> None:
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in words]
    text = "{" + ", ".join(f'"{word}"' for word in quoted) + "}; // and a comment"
    assert [c_text.unquoted(item) for item in c_text.items(c_text.plain(text), 1)] == words


PIECES = [
    "ei_classifier_inferencing_categories[] = {", "ei_dsp_config_raw_t ei_dsp_config_1 = {",
    "struct { int a; } ei_dsp_config_raw_t;", '"yes"', "1e999f", "}", "{", ",", ";", "\n",
    "#define EI_CLASSIFIER_LABEL_COUNT ", "EI_CLASSIFIER_LABEL_COUNT", "//", "/*", "*/", "\\", '"',
    "#define EI_CLASSIFIER_FREQUENCY 1.5\n", "extract_raw_features",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_headers_are_facts_or_refused(pieces: list[str]) -> None:
    with suppress(Refused):
        assert facts_of(c_text.plain(" ".join(pieces))).told is not None
