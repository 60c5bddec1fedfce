"""Every single stop, a seeded sample of pairs, and proof that the sweep finds what it looks for."""

import pytest

from device_agent.state.state_store import StateStore
from device_agent.storage import durable
from tests.device_agent.crash_rigs import Violation
from tests.device_agent.crash_sweep import Tally, after, every_rig, explore, sweep
from tests.device_agent.simulators.moments import torn_lengths
from tests.device_agent.simulators.storage import SimStorage

PAIRS_SAMPLE = 50


def test_every_single_stop_is_survived() -> None:
    tallies = sweep(cuts=1)
    assert sum(tally.operations for tally in tallies) > 300
    assert sum(tally.cuts for tally in tallies) > 15_000
    assert [tally.left_out + tally.thinned for tally in tallies] == [0] * len(tallies)


def test_a_sample_of_all_cuts_and_pairs_of_cuts_is_survived() -> None:
    tallies = sweep(cuts=2, states=PAIRS_SAMPLE, seed=20261120)
    assert all(len(tally.worlds) == 3 and tally.worlds[2] for tally in tallies)


def test_an_undisturbed_run_of_everything_converges() -> None:
    with every_rig() as rigs:
        for rig in rigs:
            assert rig.run(rig.begin(), None).log


def explore_one(name: str, *, cuts: int = 1) -> Tally:
    with every_rig() as rigs:
        (rig,) = (rig for rig in rigs if rig.name == name)
        return explore(rig, cuts=cuts, states=None, seed=1)


@pytest.mark.parametrize("name", ["enrolment", "key replacement", "repository"])
def test_every_pair_of_stops_is_survived(name: str) -> None:
    tally = explore_one(name, cuts=2)
    assert tally.cuts > 1000
    assert tally.left_out == tally.thinned == 0


def test_the_sweep_finds_a_file_that_is_not_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimStorage, "sync", lambda self, path: None)
    with pytest.raises(Violation, match="cannot go on any more"):
        explore_one("enrolment")


def test_the_sweep_finds_a_name_that_is_not_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimStorage, "sync_folder", lambda self, folder: None)
    with pytest.raises(Violation, match="cannot go on any more"):
        explore_one("enrolment")


def test_the_sweep_finds_a_file_written_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(storage: SimStorage, path: str, data: bytes) -> None:
        storage.create(path)
        storage.append(path, data)
        storage.sync(path)

    monkeypatch.setattr(durable, "replace", in_place)
    with pytest.raises(Violation, match="a cut leaves no"):
        explore_one("repository")


def test_the_sweep_finds_a_slot_whose_names_were_never_synced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Killed when the slot was written, and later, after the switch to it, out of power.
    real = SimStorage.sync_folder

    def only_after_a_rename(storage: SimStorage, folder: str) -> None:
        if storage.log[-1][0] == "rename" or not folder.startswith("slot-"):
            real(storage, folder)

    monkeypatch.setattr(SimStorage, "sync_folder", only_after_a_rename)
    with every_rig() as rigs:
        rig, tally, seen = rigs[0], Tally("update"), {}  # type: ignore[var-annotated]
        killed = [
            world for world in after(rig, [rig.begin()], tally, {}, watch=True) if world.alive
        ]
        written = [world for world in killed if "slot-b/signed.json" in world.files]
        with pytest.raises(Violation, match="it ended with"):
            after(rig, after(rig, written[:1], tally, seen, watch=True), tally, seen, watch=False)


def test_the_sweep_finds_a_switch_before_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def unproven(self: object, slot: object) -> None:
        return None

    monkeypatch.setattr("tests.device_agent.simulators.device.SimProver.prove", unproven)
    with pytest.raises(Violation, match=r"never proved|it ended with"):
        sweep(cuts=0)


def test_the_sweep_finds_a_state_that_is_acted_on_before_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(self: StateStore, state: object) -> None:
        self.state = state  # type: ignore[assignment]

    monkeypatch.setattr(StateStore, "save", forgetful)
    with pytest.raises(Violation, match="the counter went from 2 to 1"):
        explore_one("update")


def test_a_write_is_torn_at_its_ends_in_its_middle_and_on_the_grid() -> None:
    assert torn_lengths(0, 2500) == [1, 1024, 1250, 2048, 2499]
    assert torn_lengths(1024, 2049) == [1025, 2048]
    assert torn_lengths(7, 8) == []
