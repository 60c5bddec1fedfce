"""A seeded sample of the crash sweep, and proof that the sweep would find what it looks for."""

import pytest

from device_agent import durable
from device_agent.memory import Memory
from tests.agent.crash_sweep import Violation, scenarios, sweep
from tests.agent.simulators.storage import SimStorage

SAMPLE_STATES = 1500


def test_a_sample_of_all_cuts_and_pairs_of_cuts_is_survived() -> None:
    states, operations = sweep(states=SAMPLE_STATES, seed=20261120)
    assert states == SAMPLE_STATES
    assert operations > 100


def test_an_undisturbed_update_of_every_scenario_converges() -> None:
    for scenario in scenarios():
        assert scenario.operations()


def test_the_sweep_finds_a_file_that_is_not_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimStorage, "sync", lambda self, path: None)
    with pytest.raises(Violation):
        sweep(states=600, seed=1)


def test_the_sweep_finds_a_name_that_is_not_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimStorage, "sync_folder", lambda self, folder: None)
    with pytest.raises(Violation):
        sweep(states=600, seed=1)


def test_the_sweep_finds_a_file_written_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(storage: SimStorage, path: str, data: bytes) -> None:
        storage.create(path)
        storage.append(path, data)
        storage.sync(path)

    monkeypatch.setattr(durable, "replace", in_place)
    with pytest.raises(Violation):
        sweep(states=600, seed=1)


def test_the_sweep_finds_a_switch_before_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def unproven(self: object, slot: object) -> None:
        return None

    monkeypatch.setattr("tests.agent.simulators.device.SimProver.prove", unproven)
    with pytest.raises(Violation, match=r"never proved|it ended with"):
        sweep(states=200, seed=1)


def test_the_sweep_finds_a_state_that_is_acted_on_before_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(self: Memory, state: object) -> None:
        self.state = state  # type: ignore[assignment]

    monkeypatch.setattr(Memory, "become", forgetful)
    with pytest.raises(Violation):
        sweep(states=200, seed=1)
