"""`make drift-proof`: the table of what the judgement promises, measured on fleets whose truth is
known, with 95 % intervals and an oracle beside it. PART=0.1 runs a tenth of it.
"""

import sys
import time
from collections.abc import Iterator

from fleet.telemetry.drift.wilson import wilson
from tests.fleet.telemetry.judgement.oracle import mix_oracle_delay, oracle_delay
from tests.fleet.telemetry.judgement.trials import HARMS, detection, lot_run, rollouts, share
from tests.fleet.telemetry.judgement.world import (
    AR8,
    INDEPENDENT,
    MILD,
    OFFSET2,
    WEATHER,
    WORLDS,
    World,
)
from tests.fleet.telemetry.judgement.worlds import STRANGE

ORACLES = {"shift": oracle_delay, "class": mix_oracle_delay}
LIES = (("confidence", 3 * 0.12), ("confidence", -0.15), ("errors", 0.83), ("class", 0.5))


def rate(found: tuple[int, int]) -> str:
    """A share with its Wilson interval."""
    hits, total = found
    low, high = wilson(hits, total)
    return f"{hits} of {total} ({hits / total:.1%}, {low:.1%} to {high:.1%})"


def median(values: list[float]) -> str:
    """Median and 90th percentile, in hours."""
    ordered = sorted(values)
    middle, late = ordered[len(ordered) // 2], ordered[int(0.9 * (len(ordered) - 1))]
    return f"{middle:.0f} h ({late:.0f} h)"


def devices_table(part: float) -> Iterator[str]:
    """False alarms and delays by world."""
    healthy, each = int(400 * part) or 40, max(int(25 * part), 3)
    yield f"Devices: {healthy} healthy in 30 days from first contact; {each} of each harm: "
    yield "median delay (90th percentile) | the oracle's median, which knows everything."
    for world in WORLDS:
        found = detection(world, healthy, each, 720)
        yield f"{world.name}: healthy ever alarmed {rate((found.alarmed, found.healthy))}"
        for kind, size in HARMS:
            best = f" | {ORACLES[kind](world, size):.0f} h" if kind in ORACLES else ""
            yield f"  {kind} {size:g}: {median(found.delays[kind, size])}{best}"


def worlds_table(part: float) -> Iterator[str]:
    """False alarms and delays in worlds that nothing was made for."""
    healthy, each = int(300 * part) or 40, 8
    yield f"Strange worlds: {healthy} healthy in 30 days; {each} of each harm, median delays."
    for name, strange in STRANGE.items():
        found = detection(
            strange.world, healthy, each, 720, 2, rate=strange.rate, delivery=strange.delivery
        )
        delays = ", ".join(
            f"{kind} {size:g}: {median(found.delays[kind, size])}" for kind, size in HARMS
        )
        yield f"{name}: healthy ever alarmed {rate((found.alarmed, found.healthy))}; {delays}"


def lots_table(part: float) -> Iterator[str]:
    """Lots of 20 in 200."""
    runs = max(int(10 * part), 2)
    yield f"Lots of 20 in 200 devices, 0.3 sd, {runs} runs each: named in 48 h; wrong labels."
    for world in (MILD, AR8, WEATHER):
        for name, moved, liars, huge in (
            ("lot alone", True, 0.0, False),
            ("lot and one device at 1000 sd", True, 0.0, True),
            ("lot and 10 % liars", True, 0.1, False),
            ("lot and 30 % liars", True, 0.3, False),
            ("no lot, 10 % liars", False, 0.1, False),
        ):
            found = [
                lot_run(world, seed, moved=moved, liars=liars, huge=huge) for seed in range(runs)
            ]
            named = rate(share((each.delay for each in found), 48))
            wrong = rate((sum(each.wrong > 0 for each in found), runs))
            right = f"named {named}, {median([each.delay for each in found])}; " if moved else ""
            yield f"{world.name}, {name}: {right}runs with a wrong label {wrong}"


def rollouts_table(part: float) -> Iterator[str]:
    """Verdicts of rollouts, healthy and harmed."""
    for world in WORLDS:
        for canaries, controls, runs in ((2, 6, 70), (10, 20, 20)):
            some = max(int(runs * part), 4)
            yield from _rollouts(world, canaries, controls, some)


def _rollouts(world: World, canaries: int, controls: int, runs: int) -> Iterator[str]:
    healthy = rollouts(world, canaries, controls, runs)
    yield (
        f"{world.name}, {canaries} v {controls}: healthy failed in 100 looks "
        f"{rate(share(healthy.failed))}; passed by 24 h {rate(share(healthy.passed, 24))}"
    )
    for harm in (("confidence", 0.05), ("class", 0.13), ("errors", 0.02)):
        found = rollouts(world, canaries, controls, runs, harm=harm, looks=24)
        bad = rate(share(found.passed))
        yield (
            f"  {harm[0]} {harm[1]:g}: failed in 24 h {rate(share(found.failed))}, "
            f"{median(found.failed)}; passed {bad}"
        )


def liars_table(part: float) -> Iterator[str]:
    """One liar among ten canaries."""
    runs = max(int(10 * part), 4)
    for world in (INDEPENDENT, MILD, AR8, OFFSET2, WEATHER):
        for lie in LIES:
            healthy = rollouts(world, 10, 20, runs, liar=lie, looks=48)
            hidden = rollouts(world, 10, 20, runs, liar=lie, harm=("confidence", 0.05), looks=24)
            yield (
                f"{world.name}, one of ten canaries lies ({lie[0]} {lie[1]:+g}): healthy failed "
                f"{rate(share(healthy.failed))}; harmed passed {rate(share(hidden.passed))}, "
                f"failed {rate(share(hidden.failed))}"
            )


TABLES = {
    "devices": devices_table,
    "worlds": worlds_table,
    "lots": lots_table,
    "rollouts": rollouts_table,
    "liars": liars_table,
}


def main(argv: list[str]) -> int:
    """Print every table, or those named."""
    part = next((float(each[5:]) for each in argv if each.startswith("part=")), 1.0)
    for name in [each for each in argv if each in TABLES] or list(TABLES):
        began = time.monotonic()
        for line in TABLES[name](part):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write(f"({time.monotonic() - began:.0f} s)\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
