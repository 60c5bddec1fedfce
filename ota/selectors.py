"""Every question about releases, rollouts and assignments, by name; the console asks the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.conf import settings
from django.db.models import Count, Model, Q, QuerySet

from fleet.devices.models import Device
from fleet.lib import clock
from fleet.lib.errors import NotFound
from ota.choices import IN_FLIGHT_VALUES, ShadowRun
from ota.engine.states import (
    LIVE,
    OFFERABLE,
    OPEN_WAVE,
    AssignmentState,
    Kind,
    ReleaseState,
    RolloutState,
    WaveState,
)
from ota.engine.transitions import ROLLOUT, RolloutStep
from ota.models import (
    NUMBERS_FROM,
    Assignment,
    AssignmentEvent,
    DeviceUpdateState,
    GateLook,
    GateResult,
    Release,
    ReleaseArtifact,
    Rollout,
    RolloutApproval,
    RolloutCheck,
    RolloutEvent,
    Shadow,
    SoftwareFile,
    SoftwareModule,
    Wave,
)
from ota.rollouts import policy
from ota.rollouts.explain import LatestAssignment, Way, explain
from ota.rollouts.large.counts import kind_counts, wave_counts
from ota.rollouts.outside.approvals import AwaitedApproval, awaited
from ota.rollouts.running import denies, in_words, installed_by
from ota.rollouts.snapshot import tally_of
from registry.models import ModelVersion

KEYS_MAX = 2**62  # beyond all keys of modules
SLEEP_KEY = "pollingTime"  # hawkBit's name for it
RowT = TypeVar("RowT", bound=Model)
SILENT_SECONDS_MIN = 600  # until a child or its gateway is called silent
# A device may (still) download what it is installing or has installed.
DOWNLOADABLE = sorted({*OFFERABLE, AssignmentState.CANCELLING, AssignmentState.SUCCEEDED})


def releases() -> QuerySet[Release]:
    """Return all releases, the newest first."""
    found = Release.objects.select_related("version__model")
    return found.prefetch_related("artifacts", "approvals", "modules__module")


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


def rollouts_to_take_back(release: Release) -> QuerySet[Rollout]:
    """Return the rollouts that gave a release to devices and can go back, the newest first."""
    back = sorted(state for state, step in ROLLOUT if step is RolloutStep.ROLL_BACK)
    rows = rollouts().filter(release=release, started_at__isnull=False, state__in=back)
    return rows.order_by("-started_at", "-pk")


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
    rows = rows.filter(**{k: v for k, v in (("state", state), ("kind", kind)) if v})
    return rows if wave is None else rows.filter(wave__index=wave)


def assignment_events(assignment: Assignment) -> QuerySet[AssignmentEvent]:
    """Return one device's part, step by step, the newest first."""
    return AssignmentEvent.objects.filter(assignment=assignment)


def device_assignments(device: Device) -> QuerySet[Assignment]:
    """Return what a device was told over time, the newest first."""
    rows = Assignment.objects.filter(device=device).order_by("-pk")
    beside = ("device", "rollout", "release__version__model", "wave", "artifact", "delta")
    return rows.select_related(*beside)


def device_explanation(device: Device) -> str:
    """Return why the device is, or is not, updating: one sentence."""
    rows = Assignment.objects.filter(device=device, latest=True).order_by("-pk")
    row = rows.select_related("rollout", "wave", "artifact", "release__version__model").first()
    return explain(None if row is None else _part(device, row), _way(device))


def _way(device: Device) -> Way | None:
    gateway = device.behind
    if gateway is None:
        return None
    # Three polls that did not come are no accident; sooner, nobody needs to look.
    silent = max(3 * settings.EDGEFLEET_POLL_SECONDS, SILENT_SECONDS_MIN)
    return Way(
        gateway=gateway.name,
        gateway_seen_at=gateway.last_seen_at,
        child_seen_at=device.last_seen_at,
        now=clock.now(),
        silent_after=timedelta(seconds=silent),
    )


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
        held=policy.held(row.rollout.policy, clock.now()),
        awaits=_awaits(row.rollout) if row.state == AssignmentState.PLANNED else "",
        runs=in_words(device.running) if denies(device.running, installed_by(row)) else "",
    )


def rollout_awaits(rollout: Rollout) -> AwaitedApproval | None:
    """Return what a rollout waits for people to approve, or None."""
    return awaited(rollout)


def rollout_approvals(rollout: Rollout) -> QuerySet[RolloutApproval]:
    """Return who approved its start and its waves."""
    return RolloutApproval.objects.filter(rollout=rollout).select_related("wave")


def checks(*, rollout: str = "", waiting: bool | None = None) -> QuerySet[RolloutCheck]:
    """Return questions to somebody outside about waves."""
    rows = RolloutCheck.objects.select_related("wave__rollout")
    if waiting is not None:
        open_ones = Q(open=True, verdict="", wave__state__in=sorted(OPEN_WAVE))
        rows = rows.filter(open_ones) if waiting else rows.exclude(open_ones)
    return rows.filter(wave__rollout__public_id=rollout) if rollout else rows


def check_get(public_id: str) -> RolloutCheck:
    """Return one check. Raises NotFound."""
    return _only(checks().filter(public_id=public_id), "check", public_id)


def _awaits(rollout: Rollout) -> str:
    found = awaited(rollout)
    return found.sentence if found is not None else ""


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
    counts = wave_counts(rollout)
    gates = _newest_gates(rollout)
    waves = tuple(
        _wave_progress(wave, counts.get(wave.index, Counter()), gates.get(wave.pk, ()))
        for wave in rollout.waves.all()
    )
    total: Counter[str] = sum((Counter(wave.counts) for wave in waves), Counter())
    return RolloutProgress(waves, dict(total), kind_counts(rollout, Kind.ROLLBACK))


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


def was_assigned(*, device_id: int, version_id: int, **_: object) -> bool | None:
    """Tell whether a device has an assignment of the version; None when it never had one at all."""
    rows = Assignment.objects.filter(device_id=device_id).values_list("release__version_id")
    versions = {version for (version,) in rows.distinct()}
    return version_id in versions if versions else None


def rollout_of(*, version_id: int, **_: object) -> str | None:
    """Return the public id of the newest rollout of a version, or None."""
    rows = Rollout.objects.filter(release__version_id=version_id, started_at__isnull=False)
    return rows.order_by("-started_at").values_list("public_id", flat=True).first()


def artifact_of_device(device: Device, module: int) -> ReleaseArtifact:
    """Return what a device may download. Raises NotFound for what it was never told to install."""
    # By its own key first: a number beyond all keys finds nothing there, and is an error in a join.
    row = ReleaseArtifact.objects.select_related("release").filter(pk=module).first()
    told = Assignment.objects.filter(device=device, artifact=row, state__in=DOWNLOADABLE)
    if row is None or not (told.exists() or _beside(device, row)):
        raise NotFound(f"There is no software module {module} for this device.")
    return row


class Downloadable(Protocol):
    """A file that devices download: of a build, or of a module of another maker."""

    filename: str
    sha256: str
    sha1: str
    md5: str
    size_bytes: int

    @property
    def changed_at(self) -> datetime:
        """Since when it is as it is."""
        ...


def files_of_device(device: Device, module: int) -> list[Downloadable]:
    """Return the files of a module. Raises NotFound for what it was never told to install."""
    if not NUMBERS_FROM < module < NUMBERS_FROM + KEYS_MAX:
        return [artifact_of_device(device, module)]
    told = Assignment.objects.filter(
        device=device,
        state__in=DOWNLOADABLE,
        release__modules__module=module - NUMBERS_FROM,
    )
    files = SoftwareFile.objects.filter(
        module=module - NUMBERS_FROM, module__target__in=["", device.target]
    )
    found: list[Downloadable] = list(files) if told.exists() else []
    if not found:
        raise NotFound(f"There is no software module {module} for this device.")
    return found


def file_of_device(device: Device, module: int, filename: str) -> Downloadable:
    """Return one file of a module. Raises NotFound."""
    for row in files_of_device(device, module):
        if row.filename == filename:
            return row
    raise NotFound(f"There is no file {filename[:80]!r} in this software module.")


def software_modules() -> QuerySet[SoftwareModule]:
    """Return the modules of other makers that were not removed, the newest first."""
    return SoftwareModule.objects.filter(removed_at=None).prefetch_related("files")


def software_module_get(public_id: str) -> SoftwareModule:
    """Return one module. Raises NotFound."""
    return _only(software_modules().filter(public_id=public_id), "software module", public_id)


def _beside(device: Device, row: ReleaseArtifact) -> bool:
    """Whether the device is to run it beside its model."""
    return DeviceUpdateState.objects.filter(
        device=device,
        device__target=row.target,
        shadow__release=row.release_id,
        shadow__release__state=ReleaseState.PUBLISHED,
        shadow__until__gt=clock.now(),
    ).exists()


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
