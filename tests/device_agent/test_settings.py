"""Settings come from a file and the environment and are refused by name."""

import json
from pathlib import Path

import pytest

from device_agent.config import Config, load_config
from device_agent.errors import Misconfigured
from device_agent.model.input_source import open_feed


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "agent.json"
    file.write_text(json.dumps({"server_url": "http://a", "poll_seconds": 5, "feed": "m:f"}))
    config = load_config(str(file), {"EDGEFLEET_AGENT_SERVER_URL": "http://b"})
    assert (config.server_url, config.poll_seconds, config.feed) == ("http://b", 5.0, "m:f")


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "agent.json"
    file.write_text('{"trial_inferences": 3}')
    assert load_config(None, {"EDGEFLEET_AGENT_CONFIG": str(file)}).trial_inferences == 3


def test_objects_are_given_as_json() -> None:
    config = load_config(None, {"EDGEFLEET_AGENT_FEED_OPTIONS": '{"gain": 1.5}'})
    assert config.feed_options == {"gain": 1.5}


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("POLL_SECONDS", "often", "'poll_seconds' must be a number from 0, not 'often'"),
        ("POLL_SECONDS", "-1", "must be a number from 0"),
        ("POLL_SECONDS", "nan", "must be a number from 0"),
        ("SPOOL_BYTES", "1.5", "'spool_bytes' must be a number"),
        ("ATTRIBUTES", "[1]", "'attributes' must be a JSON object"),
        ("ATTRIBUTES", "{", "'attributes' must be a JSON object"),
        ("COLOUR", "red", "Unknown setting 'colour'"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        load_config(None, {f"EDGEFLEET_AGENT_{variable}": value})


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_no_object_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "agent.json"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=r"agent\.json"):
        load_config(str(file), {})


@pytest.mark.parametrize("feed", ["nowhere:feed", "json:nothing", ":", "json"])
def test_a_feed_that_is_not_there_is_named(feed: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be loaded"):
        open_feed(Config(feed=feed))


def test_no_feed_is_a_feed_without_input() -> None:
    assert list(open_feed(Config())) == []


def test_a_feed_gets_the_settings() -> None:
    feed = open_feed(Config(feed="tests.device_agent.feed_for_tests:counting"))
    assert next(feed) == [-3.0, 1.0, -1.0, 0.5]
