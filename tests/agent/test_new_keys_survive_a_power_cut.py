"""An update that brings new keys, cut at any storage operation: nothing is lost or bricked."""

import random

import pytest

from device_agent.identity import load_enrolment
from tests.agent.crash_sweep import Scenario, check, faults

SAMPLE = 150
SEED = 11


def rotated() -> Scenario:
    """The device runs 1.0 under the keys of its enrolment; 2.0 comes under others."""
    made = Scenario("rotated", library=b"", ends_with="2.0", outcome="success")
    made.device.service.rotate("director", "artifacts")
    return made


def test_every_sampled_cut_ends_on_the_new_model_under_the_new_keys() -> None:
    scenario = rotated()
    operations = scenario.operations()
    enrolment = [number for number, (_, path, _) in enumerate(operations) if "enrolment" in path]
    assert enrolment, "the update writes the new keys"
    every = list(faults(operations))
    chosen = random.Random(SEED).sample(every, SAMPLE)
    chosen += [fault for fault in every if fault.at in enrolment and fault.seed == 0]
    for fault in chosen:
        check(scenario, fault)
        assert load_enrolment(scenario.device.storage).keys_version == 1


@pytest.mark.parametrize("seed", range(40))
def test_two_cuts_do_no_more(seed: int) -> None:
    scenario, dice = rotated(), random.Random(seed)
    every = list(faults(scenario.operations()))
    check(scenario, dice.choice(every), dice.choice(every))
    assert load_enrolment(scenario.device.storage).keys_version == 1
