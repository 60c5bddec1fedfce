"""The plan of a rollout before it starts: whom it reaches in which wave, what they download, how
long it takes, and what its gates will be able to tell.

What is planned of a rollout that exists is what its start will do, as long as nothing changes in
the group. Of one that does not exist yet, the order of devices is an example.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

from django.conf import settings

from fleet.devices.models import Device
from fleet.telemetry.figures.rate import usual_rate
from fleet.telemetry.judgement.power.rollouts import hours_to_pass
from ota.delivery.window import DEVICE_ZONE
from ota.engine.calendar import closed
from ota.engine.rules import Rules
from ota.engine.states import AssignmentState, Gate, Kind
from ota.models import Assignment, Release
from ota.planning.estimate import WaveLoad, WaveTimes, wave_times
from ota.planning.parts import Content, Draft, Part, content_of, parts_of
from ota.planning.power import Rate, exposure_of, power_sentences
from ota.planning.words import in_bytes, reach, roughly, rule_sentences, span, wave_sentences
from ota.releases.deltas.saving import Prices, prices

NAMED_MAX: Final = 200  # devices that are named in each wave, and of those left out
MEASURED: Final = 200  # newest updates that the usual time is taken from
INSTALL_ASSUMED: Final = 120  # seconds, where no device has updated yet


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """One wave: `names` holds its first devices, `size_bytes` what all of them download in full,
    and `fetched_bytes` what they do by the deltas that are made.
    """

    index: int
    share_percent: int | None
    devices: int
    sentence: str
    reach: str  # which devices, in few words
    names: tuple[Device, ...]
    targets: dict[str, int]
    size_bytes: int
    fetched_bytes: int
    begins_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A device that takes no part, and why."""

    device: Device
    reason: str


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """The whole plan; times are None where windows never let it end."""

    drawn: bool  # the order is the rollout's own, and no example
    devices: int
    taking_part: int
    waves: tuple[PlannedWave, ...]
    left_out: tuple[LeftOut, ...]
    left_out_count: int
    reasons: dict[str, int]  # why devices are left out, and how many
    size_bytes: int
    fetched_bytes: int
    begins_at: datetime
    ends_at: datetime | None
    reckoned: str  # what the times rest on
    notes: tuple[str, ...]
    power: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def seconds(self) -> int | None:
        """From now until the last wave has passed."""
        if self.ends_at is None:
            return None
        return int((self.ends_at - self.begins_at).total_seconds())

    @property
    def summary(self) -> str:
        """The plan in one sentence."""
        waves = sum(wave.devices > 0 for wave in self.waves)
        some = f"{self.taking_part} of {self.devices} devices in {waves} wave"
        much = f"{some}{'' if waves == 1 else 's'}, {self._bytes()}"
        if self.seconds is None:
            return f"{much}; no window is open for long enough, so it would not end."
        return f"{much}, about {roughly(self.seconds)}."

    def _bytes(self) -> str:
        whole = f"{in_bytes(self.size_bytes)} in full"
        short = self.fetched_bytes < self.size_bytes
        return f"{in_bytes(self.fetched_bytes)} by deltas ({whole})" if short else whole


def plan_of(draft: Draft, now: datetime, *, drawn: bool) -> RolloutPlan:
    """Return what a start now would do. Raises Refused for a policy that cannot be read."""
    rules, content = draft.rules, content_of(draft)
    parts = list(parts_of(draft, content, now))
    able = [part for part in parts if not part.skipped]
    usual, reckoned = device_seconds(draft.release)
    rate = _rate(draft.release)
    shares = [[part for part in able if part.wave == at] for at in range(len(rules.waves))]
    named = {at: len(shares[at]) for at, wave in enumerate(rules.waves) if wave.query}
    judged = _judged_seconds(rules, len(able), rate, named)
    times = wave_times([_load(share) for share in shares], rules, now, usual, judged)
    words = wave_sentences(rules, len(able), named)
    out = [part for part in parts if part.skipped]
    rows = _rows([*shares, out])
    costs = prices(list(content.artifacts.values()))
    waves = tuple(
        _wave(rules, content, at, share, words[at], times[at] if times else None, rows, costs)
        for at, share in enumerate(shares)
    )
    return RolloutPlan(
        drawn=drawn,
        devices=len(parts),
        taking_part=len(able),
        waves=waves,
        left_out=tuple(LeftOut(rows[part.device], part.skipped) for part in out[:NAMED_MAX]),
        left_out_count=len(out),
        reasons=dict(Counter(part.skipped for part in out).most_common(NAMED_MAX)),
        size_bytes=sum(wave.size_bytes for wave in waves),
        fetched_bytes=sum(wave.fetched_bytes for wave in waves),
        begins_at=now,
        ends_at=times[-1].ends_at if times else None,
        reckoned=reckoned,
        notes=tuple(_notes(rules, content, able, now)),
        power=tuple(power_sentences(rules, len(able), rate, named))
        if draft.release.version
        else (),
        rules=tuple(rule_sentences(rules)),
    )


def device_seconds(release: Release) -> tuple[float, str]:
    """Return how long a device takes from the offer to its result, and what that rests on."""
    rows = Assignment.objects.filter(
        kind=Kind.UPDATE,
        state=AssignmentState.SUCCEEDED,
        assigned_at__isnull=False,
        finished_at__isnull=False,
    )
    if release.version is not None:
        rows = rows.filter(release__version__model=release.version.model)
    else:
        rows = rows.filter(release__name=release.name)
    newest = rows.order_by("-pk").values_list("assigned_at", "finished_at")[:MEASURED]
    took = [(done - began).total_seconds() for began, done in newest if began and done]
    if took:
        usual = max(median(took), 1.0)
        seen = f"the middle of the last {len(took)} updates took {roughly(int(usual))}"
        return usual, f"Reckoned for healthy devices: {seen} each."
    assumed = settings.EDGEFLEET_POLL_SECONDS + INSTALL_ASSUMED
    guess = f"{roughly(int(assumed))} each are assumed, a poll and an installation"
    return assumed, f"No device has taken such an update yet: {guess}."


def _wave(
    rules: Rules,
    content: Content,
    at: int,
    share: Sequence[Part],
    sentence: str,
    times: WaveTimes | None,
    rows: Mapping[int, Device],
    costs: Prices,
) -> PlannedWave:
    targets = Counter(part.target for part in share)
    held = Counter((part.target, part.runs) for part in share)
    return PlannedWave(
        index=at,
        share_percent=rules.waves[at].share_percent,
        devices=len(share),
        sentence=sentence,
        reach=reach(rules.waves[at]),
        names=tuple(rows[part.device] for part in share[:NAMED_MAX]),
        targets=dict(sorted(targets.items())),
        size_bytes=sum(count * content.size_bytes(target) for target, count in targets.items()),
        fetched_bytes=sum(n * content.fetched_bytes(*each, costs) for each, n in held.items()),
        begins_at=times.begins_at if times else None,
        ends_at=times.ends_at if times else None,
    )


def _rows(shares: Sequence[Sequence[Part]]) -> dict[int, Device]:
    """Return the devices that are named."""
    return Device.objects.in_bulk([part.device for share in shares for part in share[:NAMED_MAX]])


def _load(share: Sequence[Part]) -> WaveLoad:
    windows = Counter(part.delivery.window if part.delivery.installs() else None for part in share)
    return WaveLoad(len(share), windows)


def _rate(release: Release) -> Rate:
    return Rate(*usual_rate(release.version.model)) if release.version else Rate(None, 0)


def _judged_seconds(rules: Rules, devices: int, rate: Rate, named: Mapping[int, int]) -> float:
    """Return how long a healthy wave is held until the telemetry gate can pass it."""
    if Gate.TELEMETRY not in rules.gates or not devices:
        return 0.0
    return 3600.0 * (hours_to_pass(exposure_of(rules, devices, rate, named)) or 0)


def _notes(rules: Rules, content: Content, able: Sequence[Part], now: datetime) -> list[str]:
    found = []
    if why := closed(rules, now):
        found.append(f"It waits at first: {why}.")
    if not able:
        found.append("No device would be updated.")
    window = content.delivery.window
    if window is not None and content.delivery.installs():
        length = span(int(window.duration.total_seconds()))
        zone = "each device's own time zone" if window.zone == DEVICE_ZONE else window.zone
        found.append(
            f"Devices download ahead and install within {length} from {window.schedule!r} on, "
            f"in {zone}."
        )
        if lost := sum(part.lost for part in able):
            found.append(f"{lost} of them have no label or attribute 'timezone': UTC is taken.")
    return found
