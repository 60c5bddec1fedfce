"""Every question about releases, rollouts and assignments, by name; the console asks the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, FilteredRelation, Model, Q, QuerySet

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import NotFound
from ota.choices import IN_FLIGHT_VALUES, ShadowRun
from ota.engine.states import (
    LIVE,
    OFFERABLE,
    AssignmentState,
    Kind,
    ReleaseState,
    RolloutState,
    WaveState,
)
from ota.models import (
    Assignment,
    AssignmentEvent,
    DeviceUpdateState,
    GateLook,
    GateResult,
    Release,
    ReleaseArtifact,
    Rollout,
    RolloutEvent,
    Shadow,
    Wave,
)
from ota.rollouts.explain import LatestAssignment, explain
from ota.rollouts.running import denies, in_words, installed_by
from ota.rollouts.snapshot import tally_of, wave_counts
from registry.models import ModelVersion

RowT = TypeVar("RowT", bound=Model)
# What a poll shows: deployments that may start or go on, and cancellations.
VISIBLE = sorted({*OFFERABLE, AssignmentState.CANCELLING})
# A device may (still) download what it is installing or has installed.
DOWNLOADABLE = sorted({*OFFERABLE, AssignmentState.CANCELLING, AssignmentState.SUCCEEDED})


def releases() -> QuerySet[Release]:
    """Return all releases, the newest first."""
    return Release.objects.select_related("version__model").prefetch_related(
        "artifacts", "approvals"
    )


def release_get(public_id: str) -> Release:
    """Return one release. Raises NotFound."""
    return _only(releases().filter(public_id=public_id), "release", public_id)


def releases_published() -> QuerySet[Release]:
    """Return what a new rollout can choose from."""
    return releases().filter(state=ReleaseState.PUBLISHED)


def rollouts(*, state: str = "", live: bool = False) -> QuerySet[Rollout]:
    """Return rollouts, the newest first."""
    rows = Rollout.objects.select_related("release__version__model", "group")
    if live:
        rows = rows.filter(state__in=sorted(LIVE))
    return rows.filter(state=state) if state else rows


def rollout_get(public_id: str) -> Rollout:
    """Return one rollout. Raises NotFound."""
    return _only(rollouts().filter(public_id=public_id), "rollout", public_id)


def rollout_events(rollout: Rollout) -> QuerySet[RolloutEvent]:
    """Return what happened, the newest first."""
    return RolloutEvent.objects.filter(rollout=rollout).select_related("wave")


def rollout_states() -> dict[str, int]:
    """How many rollouts are in each state."""
    counted = Rollout.objects.order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys((state.value for state in RolloutState), 0) | dict(counted)


def rollout_looks(rollout: Rollout, *, gate: str = "", metric: str = "") -> QuerySet[GateLook]:
    """What each look of the gates found, in order of time."""
    rows = GateLook.objects.filter(rollout=rollout).select_related("wave")
    rows = rows.filter(gate=gate) if gate else rows
    return (rows.filter(metric=metric) if metric else rows).order_by("at", "pk")


def rollouts_of_version(version: ModelVersion) -> QuerySet[Rollout]:
    """Rollouts of the version's releases, the newest first."""
    return rollouts().filter(release__version=version).order_by("-created_at")


def rollout_assignments(
    rollout: Rollout, *, state: str = "", wave: int | None = None, kind: str = ""
) -> QuerySet[Assignment]:
    """Return the devices' parts, in the order in which they come."""
    rows = Assignment.objects.filter(rollout=rollout, latest=True).select_related(
        "device", "wave", "release"
    )
    wanted: dict[str, Any] = {"state": state, "kind": kind}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    return rows if wave is None else rows.filter(wave__index=wave)


def assignment_events(assignment: Assignment) -> QuerySet[AssignmentEvent]:
    """Return one device's part, step by step, the newest first."""
    return AssignmentEvent.objects.filter(assignment=assignment)


def device_assignments(device: Device) -> QuerySet[Assignment]:
    """Return what a device was told over time, the newest first."""
    rows = Assignment.objects.filter(device=device).order_by("-pk")
    return rows.select_related("device", "rollout", "release__version__model", "wave")


def device_explanation(device: Device) -> str:
    """Return why the device is, or is not, updating: one sentence."""
    rows = Assignment.objects.filter(device=device, latest=True).order_by("-pk")
    row = rows.select_related("rollout", "wave", "artifact", "release__version__model").first()
    return explain(None if row is None else _part(device, row))


def _part(device: Device, row: Assignment) -> LatestAssignment:
    others = Assignment.objects.filter(device=device, state__in=IN_FLIGHT_VALUES)
    return LatestAssignment(
        state=AssignmentState(row.state),
        kind=Kind(row.kind),
        cause=row.cause.replace("_", " "),
        text=row.text.rstrip("."),
        rollout=RolloutState(row.rollout.state),
        rollout_reason=row.rollout.reason.rstrip("."),
        wave=WaveState(row.wave.state),
        wave_number=row.wave.index + 1,
        busy=others.exclude(pk=row.pk).exists(),
        last_seen_at=device.last_seen_at,
        assigned_at=row.assigned_at,
        runs=in_words(device.running) if denies(device.running, installed_by(row)) else "",
    )


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """One wave for people: counts, success and what the gates said."""

    wave: Wave
    devices: int
    counts: Mapping[str, int]  # state → devices
    causes: Mapping[str, int]  # cause → failed devices
    gates: tuple[GateResult, ...]


@dataclass(frozen=True, slots=True)
class RolloutProgress:
    """A rollout's numbers now, in a handful of queries."""

    waves: tuple[WaveProgress, ...]
    counts: Mapping[str, int]
    back: Mapping[str, int]  # the way back, by state

    @property
    def devices(self) -> int:
        """Devices that take part."""
        return sum(self.counts.values())


def rollout_progress(rollout: Rollout) -> RolloutProgress:
    """Return live numbers of every wave."""
    latest = Assignment.objects.filter(rollout=rollout, latest=True)
    counts = wave_counts(latest.filter(kind=Kind.UPDATE))
    gates = _newest_gates(rollout)
    waves = tuple(
        _wave_progress(wave, counts.get(wave.index, Counter()), gates.get(wave.pk, ()))
        for wave in rollout.waves.all()
    )
    total: Counter[str] = Counter()
    for wave in waves:
        total.update(wave.counts)
    return RolloutProgress(waves, dict(total), _states(latest.filter(kind=Kind.ROLLBACK)))


def _wave_progress(
    wave: Wave, counts: Counter[tuple[str, str, bool]], gates: tuple[GateResult, ...]
) -> WaveProgress:
    states: Counter[str] = Counter()
    for (state, _, _), devices in counts.items():
        states[state] += devices
    causes = {cause.value: n for cause, n in tally_of(counts).failed.items()}
    return WaveProgress(wave, sum(states.values()), dict(states), causes, gates)


def _newest_gates(rollout: Rollout) -> dict[int, tuple[GateResult, ...]]:
    newest: dict[tuple[int, str], GateResult] = {}
    for row in GateResult.objects.filter(rollout=rollout).order_by("pk"):
        newest[row.wave_id, row.gate] = row
    waves: dict[int, tuple[GateResult, ...]] = {}
    for (wave, _), row in sorted(newest.items()):
        waves[wave] = (*waves.get(wave, ()), row)
    return waves


def _states(rows: QuerySet[Assignment]) -> dict[str, int]:
    return dict(Counter(rows.order_by().values_list("state", flat=True)))


@dataclass(frozen=True, slots=True)
class PollState:
    """What there is to do for one device; read by every poll, in one query."""

    config_wanted: bool
    action: int | None
    public_id: str
    cancelling: bool
    installed: int | None
    shadow: str  # public id; empty where nothing is to run beside the model
    capture: str  # public id; empty where no sample is wanted


def poll_state(device: Device) -> PollState:
    """Return what there is to do for a device, by one indexed read and no write."""
    active = FilteredRelation("assignments", condition=Q(assignments__state__in=VISIBLE))
    capturing = FilteredRelation("capture_parts", condition=Q(capture_parts__open=True))
    row = (
        Device.objects.filter(pk=device.pk)
        .order_by()
        .annotate(active=active, capturing=capturing)
        .values_list(
            "ota_slot__config_wanted",
            "active__id",
            "active__public_id",
            "active__state",
            "ota_slot__installed_id",
            "ota_slot__withdrawn_id",
            "ota_slot__shadow__public_id",
            "ota_slot__shadow__until",
            "capturing__request__public_id",
        )[:1]
    )
    *first, shadow, until, capture = row[0]
    wanted, active_id, public_id, state, installed, withdrawn = first
    action = active_id or withdrawn
    cancelling = state == AssignmentState.CANCELLING or active_id is None
    # No slot yet: a device that we know nothing of.
    beside = shadow if shadow and until > clock.now() else ""
    return PollState(
        wanted is not False, action, public_id or "", cancelling, installed, beside, capture or ""
    )


def was_assigned(*, device_id: int, version_id: int, **_: object) -> bool | None:
    """Tell whether a device has an assignment of the version; None when it never had one at all."""
    rows = Assignment.objects.filter(device_id=device_id)
    versions = set(rows.values_list("release__version_id", flat=True).distinct())
    return version_id in versions if versions else None


def rollout_of(*, version_id: int, **_: object) -> str | None:
    """Return the public id of the newest rollout of a version, or None."""
    rows = Rollout.objects.filter(release__version_id=version_id, started_at__isnull=False)
    return rows.order_by("-started_at").values_list("public_id", flat=True).first()


def artifact_of_device(device: Device, module: int) -> ReleaseArtifact:
    """Return what a device may download. Raises NotFound for what it was never told to install."""
    # By its own key first: a number beyond all keys finds nothing there, and is an error in a join.
    row = ReleaseArtifact.objects.filter(pk=module).first()
    told = Assignment.objects.filter(device=device, artifact=row, state__in=DOWNLOADABLE)
    if row is None or not (told.exists() or _beside(device, row)):
        raise NotFound(f"There is no software module {module} for this device.")
    return row


def _beside(device: Device, row: ReleaseArtifact) -> bool:
    """Whether the device is to run it beside its model."""
    running = DeviceUpdateState.objects.filter(
        device=device,
        device__target=row.target,
        shadow__release=row.release_id,
        shadow__release__state=ReleaseState.PUBLISHED,
        shadow__until__gt=clock.now(),
    )
    return running.exists()


def shadows(*, version: str = "", running: bool | None = None) -> QuerySet[Shadow]:
    """Shadows, the newest first."""
    rows = Shadow.objects.select_related("release__version__model", "group")
    live = Q(state=ShadowRun.RUNNING, until__gt=clock.now())
    if running is not None:
        rows = rows.filter(live) if running else rows.exclude(live)
    return rows.filter(release__version__public_id=version) if version else rows


def shadow_get(public_id: str) -> Shadow:
    """One shadow. Raises NotFound."""
    return _only(shadows().filter(public_id=public_id), "shadow", public_id)


def _only(found: QuerySet[RowT], kind: str, name: str) -> RowT:
    row = found.first()
    if row is None:
        raise NotFound(f"There is no {kind} {name[:80]!r}.")
    return row
