"""The states a rollout, a wave and an assignment can be in, and the sets that rules speak of."""

from enum import StrEnum


class RolloutState(StrEnum):
    """The state of a rollout."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ABORTING = "aborting"
    ABORTED = "aborted"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    DONE = "done"


class WaveState(StrEnum):
    """The state of one wave."""

    PENDING = "pending"
    UPDATING = "updating"
    SOAKING = "soaking"
    PASSED = "passed"
    FAILED = "failed"
    CLOSED = "closed"


class AssignmentState(StrEnum):
    """The state of one device's assignment."""

    PLANNED = "planned"
    ASSIGNED = "assigned"
    OFFERED = "offered"
    RETRIEVED = "retrieved"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    INSTALLING = "installing"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class Kind(StrEnum):
    """Why a device is told to change: forward to the release, or back to the one before."""

    UPDATE = "update"
    ROLLBACK = "rollback"


class Gate(StrEnum):
    """What a wave can be held against; `ota.rollouts.gates` measures each."""

    TELEMETRY = "telemetry"
    LABELS = "labels"
    SHADOW = "shadow"
    RESTARTS = "restarts"
    CHECK = "check"

    @property
    def promise(self) -> str:
        """What is true of a wave that passed, as a part of a sentence."""
        return PROMISES[self]


PROMISES = {
    Gate.TELEMETRY: "the model's own metrics on them look right",
    Gate.LABELS: "true labels show that it is right as often, less its margin, as what others run",
    Gate.SHADOW: "it agreed often enough, beside what devices ran, with what they ran",
    Gate.RESTARTS: "they surely restart no more often than the others",
    Gate.CHECK: "somebody outside has looked at them and said yes",
}


class FailureCause(StrEnum):
    """Why an assignment did not succeed; failure rules may name one."""

    DOWNLOAD = "download"
    VERIFY = "verify"
    INSTALL = "install"
    TRIAL = "trial"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    NO_CONTACT = "no_contact"
    FELL_BACK = "fell_back"  # it had taken the release, and runs something else by itself
    OTHER = "other"


class ReleaseState(StrEnum):
    """Whether a release may leave the house."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    REVOKED = "revoked"


# The engine has work to do in these; the tick looks at no other rollout.
LIVE = frozenset(
    {RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.ABORTING, RolloutState.ROLLING_BACK}
)
OPEN_WAVE = frozenset({WaveState.UPDATING, WaveState.SOAKING})
# Between "the device may see it" and "it ended": what the cap counts.
IN_FLIGHT = frozenset(
    {
        AssignmentState.ASSIGNED,
        AssignmentState.OFFERED,
        AssignmentState.RETRIEVED,
        AssignmentState.DOWNLOADING,
        AssignmentState.DOWNLOADED,
        AssignmentState.INSTALLING,
        AssignmentState.CANCELLING,
    }
)
# Neither ended nor planned out: what there is to end when a device leaves the fleet.
UNFINISHED = IN_FLIGHT | {AssignmentState.PLANNED}
# The device reads its deployment in these.
OFFERABLE = IN_FLIGHT - {AssignmentState.ASSIGNED, AssignmentState.CANCELLING}
# The device has seen the instruction, so only it can say whether a cancel came in time.
SEEN = OFFERABLE - {AssignmentState.OFFERED}
FINISHED = frozenset(
    {
        AssignmentState.SUCCEEDED,
        AssignmentState.FAILED,
        AssignmentState.TIMED_OUT,
        AssignmentState.CANCELLED,
        AssignmentState.SKIPPED,
    }
)
