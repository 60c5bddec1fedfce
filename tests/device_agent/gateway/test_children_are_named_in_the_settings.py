"""Children come from the configuration, and what is wrong there is named in one sentence."""

import json
from pathlib import Path

import pytest

from device_agent.config import load_config
from device_agent.errors import Misconfigured
from device_agent.gateway.settings import ChildSettings, LineKind, children_of

GOOD = {"name": "mcu-1", "transport": "console", "address": "/dev/ttyACM0"}


def test_a_file_names_children(tmp_path: Path) -> None:
    file = tmp_path / "agent.json"
    udp = {"name": "mcu-2", "transport": "udp", "address": "10.0.0.7", "target": "cortex-m0plus"}
    file.write_text(json.dumps({"children": [GOOD, udp], "children_at_once": 3}))
    config = load_config(str(file), {})
    assert config.children_at_once == 3
    assert children_of(config.children) == (
        ChildSettings("mcu-1", LineKind.CONSOLE, "/dev/ttyACM0"),
        ChildSettings("mcu-2", LineKind.UDP, "10.0.0.7", "cortex-m0plus"),
    )


@pytest.mark.parametrize(
    ("children", "sentence"),
    [
        ([GOOD, GOOD | {"address": "/dev/ttyACM1"}], "Two children have the name 'mcu-1'"),
        ([GOOD, GOOD | {"name": "b"}], "Two children have the address '/dev/ttyACM0'"),
        ([GOOD | {"transport": "pigeon"}], "There is no transport 'pigeon'"),
        ([GOOD | {"name": "a b"}], "Child 1 is not well described: 'name' must match"),
        ([GOOD | {"colour": 1}], "unknown setting 'colour'"),
        ([GOOD | {"baudrate": 1}], "'baudrate' is 1"),
        ([GOOD | {"recovery_bytes": -1}], "'recovery_bytes' is -1"),
        ([GOOD | {"packet_bytes": 32}], "'packet_bytes' is 32"),
        (["mcu"], "must be a JSON object"),
        ([GOOD | {"transport": "udp", "address": "host:99999"}], "not an address of UDP"),
        ([GOOD | {"transport": "udp", "address": ":1"}], "not an address of UDP"),
        ([GOOD | {"name": f"m{n}", "address": f"/dev/{n}"} for n in range(257)], "at most 256"),
    ],
)
def test_what_is_wrong_is_named(children: list[object], sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        children_of(children)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("host", ("host", 1337)),
        ("host:99", ("host", 99)),
        ("[fe80::1]", ("fe80::1", 1337)),
        ("[::1]:7", ("::1", 7)),
    ],
)
def test_addresses_of_udp(address: str, found: tuple[str, int]) -> None:
    assert ChildSettings("x", LineKind.UDP, address).host_and_port == found


def test_a_list_in_the_environment_is_json() -> None:
    variable = "EDGEFLEET_AGENT_CHILDREN"
    assert load_config(None, {variable: json.dumps([GOOD])}).children == (GOOD,)
    with pytest.raises(Misconfigured, match="'children' must be a JSON list"):
        load_config(None, {variable: "{}"})
