"""The shadow gate: enough inferences on enough devices, and no single device decides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.lib import clock
from fleet.lib.verdict import Verdict
from ota.engine.states import Gate
from ota.models import Shadow, ShadowCount
from ota.planning.words import rule_sentences
from ota.rollouts import policy
from ota.rollouts.agreement import AgreementWanted, OnDevice, bounds, decide
from ota.rollouts.gates import GATES
from tests.ota import makers

WANTED = AgreementWanted(share=0.95, inferences=1000, devices=5)


def devices(share: float, count: int = 10, ran: float = 200) -> list[OnDevice]:
    return [OnDevice(ran, ran * share) for _ in range(count)]


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (devices(0.97), Verdict.PASS, "agrees in 97.0 %, 95 % are needed"),
        (devices(0.9), Verdict.FAIL, "agrees in 90.0 %, 95 % are needed"),
        (devices(0.97, count=4), Verdict.INCONCLUSIVE, "800 times on 4 devices, 1000 times on 5"),
        (devices(0.97, ran=10), Verdict.INCONCLUSIVE, "ran 100 times on 10 devices"),
        ([], Verdict.INCONCLUSIVE, "ran 0 times on 0 devices"),
    ],
)
def test_verdicts(found: list[OnDevice], verdict: Verdict, said: str) -> None:
    state, sentence = decide(found, WANTED)
    assert state is verdict
    assert said in sentence


@pytest.mark.parametrize("liar", [OnDevice(200, 0), OnDevice(200, 200), OnDevice(1e12, 1e12)])
def test_one_liar_among_ten_turns_no_verdict(liar: OnDevice) -> None:
    for share, honest in ((0.97, Verdict.PASS), (0.9, Verdict.FAIL)):
        state, _ = decide([*devices(share, 9), liar], WANTED)
        assert state in {honest, Verdict.INCONCLUSIVE}


@given(st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1)), min_size=1, max_size=20))
def test_bounds_hold_the_share(rows: list[tuple[int, float]]) -> None:
    low, share, high = bounds([OnDevice(ran, ran * part) for ran, part in rows])
    assert low - 1e-9 <= share <= high + 1e-9
    assert 0 <= share <= 1 + 1e-9


@pytest.mark.django_db
def test_the_gate_reads_what_devices_told() -> None:
    units = makers.devices(6)
    group = makers.group(units)
    champion = makers.version("1.0", targets=())
    release = makers.release("2.0")
    document: dict[str, Any] = {
        "gates": ["shadow"],
        "shadow_agreement_percent": 90,
        "shadow_inferences": 500,
        "shadow_devices": 3,
    }
    rollout = makers.rollout(release, group, start=False, **document)
    wave = rollout.waves.first()
    assert wave is not None
    answer = GATES[Gate.SHADOW](rollout, wave)
    assert answer.verdict is Verdict.INCONCLUSIVE
    budgets = {"every": 10, "time_ms": 1000, "memory_mib": 256}
    shadow = Shadow.objects.create(
        release=release, group=group, until=clock.now(), devices=6, started_by="ben", **budgets
    )
    for unit in units:
        ShadowCount.objects.create(
            shadow=shadow,
            device=unit,
            champion=champion,
            boot_id=1,
            seq=1,
            state="running",
            ran=100,
            agreed=95,
            pairs=[[0, 0, 95], [0, 1, 5]],
        )
    answer = GATES[Gate.SHADOW](rollout, wave)
    assert answer.verdict is Verdict.PASS
    assert answer.evidence["agreement"][0]["share"] == 0.95


def test_the_plan_says_it_in_words() -> None:
    rules = policy.parse(policy.resolve(None, {"gates": ["telemetry", "labels", "shadow"]}))
    told = " ".join(rule_sentences(rules))
    assert "agree in 95 % of at least 1000 inferences on at least 5 devices" in told
    assert "3 points of accuracy may be lost" in told
