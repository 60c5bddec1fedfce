"""The verdict over an instruction: every reason to refuse, and the rules for wrong clocks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.errors import UpdateRefused
from device_agent.identity.keys import Enrolment
from device_agent.protocol.instruction import (
    ArtifactName,
    ArtifactStatement,
    Instruction,
    SignedPair,
    dump_instruction,
    parse_instruction,
)
from device_agent.update.trust import (
    BUILT_AT,
    CLOCK_TRUSTED_SECONDS,
    UpdateHistory,
    judge,
    trusted_time,
)

ISSUED_AT = 1_790_000_000
YEAR = 365 * 86_400
ENROLMENT = Enrolment("dev-1", "linux-x86_64", "http://x", {}, {})
FRESH = UpdateHistory(floor=4, floor_assignment="asg_4", failed=(), signed_time=0)
MADE = ArtifactStatement("ab" * 32, 9, "bundle", "digits", "1.0", "linux-x86_64")
TOLD = Instruction(
    device="dev-1",
    assignment="asg_5",
    component="model",
    release="rel",
    model="digits",
    version="1.0",
    artifact=ArtifactName("x", "ab" * 32, 9),
    counter=5,
    target="linux-x86_64",
    abi="ef1",
    issued_at=ISSUED_AT,
    expires_at=ISSUED_AT + 86_400,
    nonce="n",
)


def verdict(
    told: Instruction = TOLD,
    *,
    made: ArtifactStatement = MADE,
    history: UpdateHistory = FRESH,
    wall: float = ISSUED_AT + 60.0,
) -> Instruction:
    return judge(SignedPair(told, made), enrolment=ENROLMENT, history=history, wall=wall)


def test_a_fresh_instruction_for_this_device_is_followed() -> None:
    assert verdict() == TOLD


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"device": "dev-2"}, "device 'dev-2', this device has 'dev-1'"),
        ({"component": "firmware"}, "component 'firmware'"),
        ({"target": "linux-aarch64"}, "target 'linux-aarch64'"),
        ({"abi": "ef9"}, "ABI 'ef9'"),
        ({"counter": 4}, "counter 4, this device has already followed 4"),
        ({"counter": 0}, "counter 0"),
        ({"expires_at": ISSUED_AT + 60}, "has expired"),
    ],
)
def test_each_wrong_claim_is_refused_by_name(change: dict[str, object], reason: str) -> None:
    with pytest.raises(UpdateRefused, match=reason):
        verdict(replace(TOLD, **change))  # type: ignore[arg-type]


def test_a_release_that_needs_a_newer_firmware_is_refused() -> None:
    told = replace(TOLD, needs=("firmware>=1.4",))
    pair = SignedPair(told, MADE)
    known = {"enrolment": ENROLMENT, "history": FRESH, "wall": ISSUED_AT + 60.0}
    with pytest.raises(UpdateRefused, match=r"needs firmware 1\.4 or newer, and the device has 1"):
        judge(pair, has={"firmware": "1.3"}, **known)  # type: ignore[arg-type]
    assert judge(pair, has={"firmware": "1.4"}, **known) == told  # type: ignore[arg-type]
    assert parse_instruction(dump_instruction(told)) == told


def test_an_artifact_of_another_kind_is_refused() -> None:
    with pytest.raises(UpdateRefused, match="kind of artifact 'image'"):
        verdict(made=replace(MADE, kind="image"))


def test_a_digest_that_failed_here_is_refused() -> None:
    with pytest.raises(UpdateRefused, match="has failed here before"):
        verdict(history=replace(FRESH, failed=("ab" * 32,)))


def test_the_assignment_that_is_being_worked_on_may_be_heard_again() -> None:
    assert verdict(history=replace(FRESH, floor=5, floor_assignment="asg_5")) == TOLD


def test_another_assignment_with_the_same_counter_is_a_replay() -> None:
    with pytest.raises(UpdateRefused, match="counter 5"):
        verdict(history=replace(FRESH, floor=5, floor_assignment="asg_other"))


@pytest.mark.parametrize("wall", [0.0, ISSUED_AT - 50 * YEAR, ISSUED_AT + 14 * YEAR])
def test_a_device_in_1970_or_2040_still_updates(wall: float) -> None:
    assert verdict(wall=wall) == TOLD


def test_a_believable_clock_expires_an_instruction() -> None:
    with pytest.raises(UpdateRefused, match="has expired"):
        verdict(wall=ISSUED_AT + 2 * 86_400.0)


def test_a_signed_time_expires_an_instruction_whatever_the_clock_says() -> None:
    later = replace(FRESH, signed_time=ISSUED_AT + 2 * 86_400)
    with pytest.raises(UpdateRefused, match="has expired"):
        verdict(history=later, wall=0.0)


@given(st.floats(0, 2**40), st.integers(0, 2**32))
def test_time_never_goes_before_what_was_signed(wall: float, signed: int) -> None:
    now = trusted_time(wall, signed=signed)
    known = max(signed, BUILT_AT)
    assert known <= now <= known + CLOCK_TRUSTED_SECONDS
