"""Battery low, somebody at work: while a named file exists, no update begins or switches."""

from dataclasses import replace
from pathlib import Path

from tests.device_agent.simulators.bundles import bundle_of
from tests.device_agent.simulators.device import CONFIG, enrolled_device


def test_nothing_begins_while_the_file_exists(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    device = enrolled_device(replace(CONFIG, hold_file=str(hold)))
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    device.update(agent)
    assert agent.state.action is None
    assert not [path for _, path in device.service.requests if "artifacts" in path]
    hold.unlink()
    device.update(agent)
    assert action.state == "success"


def test_a_hold_that_comes_during_the_download_stops_before_the_switch(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    device = enrolled_device(replace(CONFIG, hold_file=str(hold)))
    action = device.service.publish("1.0", bundle_of("1.0"))
    agent = device.boot()
    agent.yield_ = hold.touch
    device.update(agent)
    assert agent.state.running is None
    agent.yield_ = lambda: None
    hold.unlink()
    device.update(agent)
    assert action.state == "success"
    assert len([path for _, path in device.service.requests if "artifacts" in path]) == 1
