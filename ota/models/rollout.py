"""A release on its way to a group: the plan, its waves, what gates said; and policies for it."""

from django.core.validators import RegexValidator
from django.db import models

from fleet.devices.labels.query import QUERY_MAX
from fleet.lib import clock, ids
from fleet.lib.db import Timestamped
from fleet.lib.db.append_only import AppendOnly
from fleet.lib.text.json_field import JsonField
from fleet.lib.verdict import Verdict
from ota.choices import POLICY_NAME_MAX, STATE_MAX, only, words
from ota.engine.states import LIVE, RolloutState, WaveState
from ota.models.release import Release

REASON_MAX = 500  # characters


def new_rollout_id() -> str:
    """Return a public id for a rollout."""
    return ids.new_id("rol")


def new_check_id() -> str:
    """Return a public id for a check."""
    return ids.new_id("chk")


class Rollout(Timestamped):
    """`revision` grows with every applied decision, so that a stale one cannot be applied."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_rollout_id, editable=False
    )
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rollouts")
    group = models.ForeignKey("devices.Group", on_delete=models.PROTECT, related_name="rollouts")
    policy = JsonField()
    state = models.CharField(
        max_length=STATE_MAX, choices=words(RolloutState), default=RolloutState.DRAFT
    )
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    revision = models.PositiveBigIntegerField(default=0)
    created_by = models.CharField(max_length=200)
    created_label = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)  # when it last looked for who came

    class Meta:
        ordering = ["-created_at"]
        constraints = [only("state", RolloutState, "rollout_state_is_known")]
        indexes = [
            # serves the tick, which looks at live rollouts only
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=sorted(s.value for s in LIVE)),
                name="rollout_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release} to {self.group}"


class Wave(models.Model):
    """A step of a rollout. `judged_from` moves when an operator tries a failed wave again."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="waves")
    index = models.PositiveSmallIntegerField()
    # One of the three says which devices: `ota.engine.rules.WaveRule`.
    share_percent = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField(null=True)
    query = models.CharField(max_length=QUERY_MAX, blank=True)
    state = models.CharField(
        max_length=STATE_MAX, choices=words(WaveState), default=WaveState.PENDING
    )
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    since = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    judged_from = models.DateTimeField(default=clock.now)
    gates_at = models.DateTimeField(null=True, blank=True)  # when the gates were last asked

    class Meta:
        ordering = ["index"]
        constraints = [
            only("state", WaveState, "wave_state_is_known"),
            models.UniqueConstraint(fields=["rollout", "index"], name="wave_index_once"),
            models.CheckConstraint(
                condition=models.Q(share_percent__gte=1, share_percent__lte=100)
                | models.Q(share_percent__isnull=True),
                name="wave_share_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"wave {self.index + 1} of {self.rollout_id}"


class GateResult(AppendOnly):
    """What a gate said of a wave, with the numbers it said it from."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="gate_results")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="gate_results")
    gate = models.CharField(max_length=32)
    verdict = models.CharField(max_length=STATE_MAX, choices=words(Verdict))
    sentence = models.CharField(max_length=REASON_MAX)
    evidence = JsonField(default=dict)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [only("verdict", Verdict, "gate_verdict_is_known")]
        indexes = [models.Index(fields=["wave", "gate", "-at"], name="gate_latest")]

    def __str__(self) -> str:
        return f"{self.gate}: {self.verdict}"


class RolloutEvent(AppendOnly):
    """What happened to a rollout or one of its waves, and the person or process that did it."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="events")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, null=True, related_name="events")
    step = models.CharField(max_length=STATE_MAX)
    state = models.CharField(max_length=STATE_MAX)
    text = models.CharField(max_length=REASON_MAX, blank=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.step} → {self.state}"


class RolloutApproval(AppendOnly):
    """One person's yes to the start of a rollout, or to one of its waves."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="approvals")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, null=True, related_name="approvals")
    by = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    remark = models.CharField(max_length=REASON_MAX, blank=True)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "by"], name="wave_approved_once_per_person"),
            models.UniqueConstraint(
                fields=["rollout", "by"],
                condition=models.Q(wave__isnull=True),
                name="start_approved_once_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} approved {self.wave or self.rollout_id}"


class RolloutCheck(Timestamped):
    """A question to somebody outside about a wave; empty of a verdict until they answer."""

    public_id = models.CharField(
        max_length=ids.MAX_LENGTH, unique=True, default=new_check_id, editable=False
    )
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="checks")
    destination = models.CharField(max_length=80)
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    due_at = models.DateTimeField()
    unsent = models.CharField(max_length=200, blank=True)  # why nobody was told
    verdict = models.CharField(max_length=STATE_MAX, choices=words(Verdict), blank=True)
    sentence = models.CharField(max_length=REASON_MAX, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    open = models.BooleanField(default=True)  # False once it is asked again

    class Meta:
        ordering = ["-pk"]
        constraints = [
            only("verdict", Verdict, "check_verdict_is_known", empty=True),
            models.UniqueConstraint(
                fields=["wave"], condition=models.Q(open=True), name="check_once_per_wave"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class RolloutPolicy(Timestamped):
    """A policy of the operators' own, complete, beside those that come with the service.

    Rollouts keep a copy, so that no change reaches them.
    """

    name = models.CharField(
        max_length=POLICY_NAME_MAX, unique=True, validators=[RegexValidator(r"^[a-z0-9-]+$")]
    )
    description = models.CharField(max_length=300, blank=True)
    document = JsonField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
