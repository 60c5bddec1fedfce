"""What a planned rollout will be able to tell, in words, from how much its devices report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleet.telemetry.judgement.power.exposure import Exposure
from fleet.telemetry.judgement.power.rollouts import advice, hours_to_pass
from ota.engine.rules import Rules
from ota.engine.states import Gate
from ota.engine.waves import NOBODY, wave_ends

RATE_ASSUMED: Final = 60.0  # inferences of one device in an hour, when nobody reports yet
CONTROLS_MAX: Final = 200  # devices; more say little more


@dataclass(frozen=True)
class Rate:
    """Inferences of one device in an hour, None when unknown, and hours of past that are kept."""

    inferences: float | None
    past_hours: int


def power_sentences(
    rules: Rules, devices: int, rate: Rate, named: Mapping[int, int] = NOBODY
) -> list[str]:
    """Return what the first wave can tell before it is judged; nothing where no gate reads it."""
    if Gate.TELEMETRY not in rules.gates or not devices:
        return []
    exposure = exposure_of(rules, devices, rate, named)
    return [advice(exposure), _healthy(exposure), _assumed(rate)]


def exposure_of(
    rules: Rules, devices: int, rate: Rate, named: Mapping[int, int] = NOBODY
) -> Exposure:
    """Return what the first wave of so many devices will have seen at the end of its soak."""
    canaries = wave_ends(devices, rules.waves, named)[0]
    return Exposure(
        canaries=canaries,
        controls=min(devices - canaries, CONTROLS_MAX),
        minutes=rules.soak(0) / 60,
        rate=rate.inferences or RATE_ASSUMED,
        past_hours=rate.past_hours,
    )


def _healthy(exposure: Exposure) -> str:
    hours = hours_to_pass(exposure)
    if hours is None:
        return "A healthy release would not pass its gate within a month this way."
    much = "an hour" if hours == 1 else f"{hours} hours"
    passes = (
        f"A healthy release passes in errors, confidence, accuracy and classes after about {much}"
    )
    return f"{passes}; until then its wave is held."


def _assumed(rate: Rate) -> str:
    seen = f"{rate.past_hours} hours of past under the version before"
    if rate.inferences is None:
        usual = f"{RATE_ASSUMED:.0f} inferences an hour are assumed"
        return f"No device reports on this model yet: {usual}."
    return f"Reckoned with {rate.inferences:,.0f} inferences of each device in an hour, and {seen}."
