"""What the polls of a RAUC service mean: it never reports, so its heads are read as reports.

* The version of the bundle runs: the assignment has succeeded. RAUC polls from slots alone that
  were marked good, so this is a word on a trial that is over.
* An installation had begun, the machine was started again, and another version runs: it has failed.
  Without the heads that tell of it, the assignment waits until its time is over.
* A cancellation is accepted by the next poll, for nothing is installed while RAUC polls; where an
  installation had begun before, it came too late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from device_agent.protocol.ddi import ConfigData, Execution, Feedback, Finished, Handling, MergeMode
from fleet.devices.models import Device
from fleet.lib import clock
from ota.choices import UNCONFIRMED
from ota.delivery.handling import handled, parse_delivery
from ota.engine.states import OFFERABLE, AssignmentState
from ota.engine.transitions import ASSIGNMENT, AssignmentStep
from ota.foreign.facts import FileFormat
from ota.foreign.polling import BOOT, VERSION, RaucPoll
from ota.models import Assignment, AssignmentEvent, SoftwareFile
from ota.releases.artifacts import modules_of
from ota.releases.modules import modules_for
from ota.rollouts.running import installed_by
from ota.services.assignment import assignment_of, assignment_retrieve, assignment_update
from ota.services.cancellation import assignment_cancel_answer
from ota.services.told.device_report import config_data_put

A, S = AssignmentState, AssignmentStep
LOOKED_AT_MAX: Final = 50  # assignments of a device in which a version is looked for


@dataclass(frozen=True, slots=True)
class _Part:
    """What the device is to do, with the one bundle that it is to install; None where RAUC cannot
    install what the release holds.
    """

    row: Assignment
    bundle: SoftwareFile | None

    @property
    def version(self) -> str:
        """The version that runs once it is installed: the manifest's own, else the module's."""
        if self.bundle is None:
            return ""
        return str(self.bundle.facts.get("version") or self.bundle.module.version)

    def runs(self, told: RaucPoll) -> bool:
        """Tell whether the bundle's version runs."""
        return bool(told.version) and told.version == self.version


@transaction.atomic
def rauc_polled(*, device: Device, action: int | None, told: RaucPoll) -> SoftwareFile | None:
    """Take what a poll tells of a device whose open action is `action`; return the bundle that it
    is to install now, or None.
    """
    device.refresh_from_db(fields=["attributes", "running", "target"])
    before: Mapping[str, str] = dict(device.attributes)
    part = None if action is None else _part(assignment_of(device, action))
    offered = _after_report(device, part, told, before) if part is not None else None
    _keep(device, told, before)
    return offered


def _after_report(
    device: Device, part: _Part, told: RaucPoll, before: Mapping[str, str]
) -> SoftwareFile | None:
    row = part.row
    if A(row.state) not in OFFERABLE:
        _stop(part, told, before)
        return None
    if part.bundle is None:
        return None
    if part.runs(told):
        _succeed(part, told)
        return None
    if row.state == A.INSTALLING and _restarted(told, before):
        sentence = f"trial: it was started again and runs {told.version}, not {part.version}."
        _report(part, Execution.CLOSED, Finished.FAILURE, sentence)
        return None
    return _offer(device, part, told)


def _offer(device: Device, part: _Part, told: RaucPoll) -> SoftwareFile | None:
    row = part.row
    how = handled(parse_delivery(row.delivery), clock.now())
    # RAUC installs what it downloads, while it does: there is nothing to fetch ahead of a window.
    if row.consent in UNCONFIRMED or Handling.SKIP in (how.download, how.update):
        return None
    assignment_retrieve(device=device, action_id=row.pk)
    if told.transaction:
        _report(part, Execution.PROCEEDING, Finished.NONE, f"Transaction {told.transaction}.")
    return part.bundle


def _stop(part: _Part, told: RaucPoll, before: Mapping[str, str]) -> None:
    row = part.row
    if row.state == A.CANCELLING and part.runs(told):
        _succeed(part, told)
        return
    begun = _had_begun(row) and not _restarted(told, before)
    finished = Finished.FAILURE if begun else Finished.SUCCESS
    sentence = "Its installation had begun." if begun else "RAUC polls, and installs nothing."
    feedback = Feedback(Execution.CLOSED, finished, (sentence,))
    assignment_cancel_answer(device=row.device, action_id=row.pk, feedback=feedback)


def _had_begun(row: Assignment) -> bool:
    return AssignmentEvent.objects.filter(assignment=row, step=S.PROCEED).exists()


def _restarted(told: RaucPoll, before: Mapping[str, str]) -> bool:
    """Tell whether the machine was started since the poll before, and said what it runs now."""
    return bool(told.version and told.boot) and before.get(BOOT, told.boot) != told.boot


def _keep(device: Device, told: RaucPoll, before: Mapping[str, str]) -> None:
    """Store what is new of it; a poll like the one before writes nothing."""
    said = told.attributes()
    if said.items() <= before.items():
        return
    running = _running(device, told) if told.version != before.get(VERSION, "") else {}
    config_data_put(device=device, config=ConfigData({**said, **running}, MergeMode.MERGE))


def _running(device: Device, told: RaucPoll) -> dict[str, str]:
    """Return what a new version says of what runs: a release that the device was once told to take,
    or none of ours. The assignment may end by it: one that had timed out is believed late.
    """
    rows = Assignment.objects.filter(device=device, assigned_at__isnull=False).order_by("-pk")
    for row in rows.select_related("release__version__model", "artifact")[:LOOKED_AT_MAX]:
        row.device = device
        part = _part(row)
        if part.runs(told):
            _succeed(part, told)
            return installed_by(row)
    return {"release": "", "version": told.version}


def _succeed(part: _Part, told: RaucPoll) -> None:
    """End it well where it can still end so: neither one that its user has yet to agree to."""
    row = part.row
    if (A(row.state), S.SUCCEED) in ASSIGNMENT and row.consent not in UNCONFIRMED:
        _report(part, Execution.CLOSED, Finished.SUCCESS, f"RAUC runs {told.version}.")


def _report(part: _Part, execution: Execution, finished: Finished, sentence: str) -> None:
    feedback = Feedback(execution, finished, (sentence,))
    assignment_update(device=part.row.device, action_id=part.row.pk, feedback=feedback)


def _part(row: Assignment) -> _Part:
    """Return it with its bundle: the only file for the device, whose manifest is in the signature,
    as in the formats `verity` and `crypt`, which alone RAUC streams.
    """
    if row.artifact is None or row.artifact.artifact_id is not None:
        return _Part(row, None)
    modules = modules_for(modules_of(row.release), row.device.target)
    files: list[SoftwareFile] = [each for module in modules for each in module.files.all()]
    only = files[0] if len(files) == 1 else None
    if only is None or only.format != FileFormat.RAUC or not only.facts.get("boards"):
        return _Part(row, None)
    return _Part(row, only)
