"""An update that brings new keys, stopped at any storage operation: nothing is lost or bricked."""

from tests.agent.crash_rigs import UpdateRig
from tests.agent.crash_sweep import explore

PAIRS_SAMPLE = 60


def test_every_stop_ends_on_the_new_model_under_the_new_keys() -> None:
    rig = UpdateRig("new keys", new_keys=True)
    written = [path for _, path, _ in rig.run(rig.begin(), None).log]
    assert any(path.startswith("enrolment.") for path in written), "the update writes the new keys"
    tally = explore(rig, cuts=1, states=None, seed=11)
    assert tally.worlds[1] > 100
    assert tally.left_out == tally.thinned == 0


def test_two_stops_do_no_more() -> None:
    tally = explore(UpdateRig("new keys", new_keys=True), cuts=2, states=PAIRS_SAMPLE, seed=11)
    assert tally.worlds[2]
