"""An older database below newer metadata and devices is noticed, said, and gone on with."""

from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command

from device_agent.errors import Rejected
from device_agent.protocol.ddi import ConfigData
from device_agent.update.updater import outcome_feedback
from fleet.access.models import AuditEntry
from fleet.lib.errors import Conflict
from ota import epochs
from ota.models import Assignment, Release, Trouble
from ota.trust.signer import audit_checkpoint, repository
from tests import personas
from tests.agent_and_service import releases
from tests.agent_and_service.device import RealDevice, enrolled, offer, state_of, update
from tests.ota.backup import by_hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def device(tmp_path: Path) -> RealDevice:
    """A device that runs 2.0; the database is as it was when it ran 1.0."""
    device = enrolled()
    offer(device, releases.release("1.0"), "first")
    update(device.boot())
    old = by_hand.copy(tmp_path / "old")
    second = offer(device, releases.release("2.0"), "second")
    update(device.boot())
    assert state_of(second) == "succeeded"
    audit_checkpoint.checkpoint_sign()
    by_hand.put_back(tmp_path / "old", old)
    assert not Release.objects.filter(version__label="2.0").exists()
    return device


def status(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("keys", "status")
    return capsys.readouterr().out


def checks() -> list[str]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [message.msg for message in found if message.id == "ota.W005"]


@pytest.mark.parametrize("signed_on", [False, True])
def test_it_is_said_wherever_one_looks(
    device: RealDevice, capsys: pytest.CaptureFixture[str], signed_on: bool
) -> None:
    if signed_on:  # the signer has numbered above all that was published, and so hides it
        assert repository.repository_maintain()
    del device
    told = by_hand.readyz()
    assert told["status"] == "needs attention"
    assert "older than what was published: " in told["troubles"][0]
    assert "keys repair" in told["troubles"][0]
    assert "TROUBLE: The database is older" in status(capsys)
    assert "older than what was published" in checks()[0]


def test_every_page_of_the_console_says_so(device: RealDevice) -> None:
    del device
    repository.repository_maintain()
    browser = personas.client("viewer")
    for page in ("/console/", "/console/devices", "/console/manual/guide"):
        assert "older than what was published" in browser.get(page).content.decode()
    records = personas.client("admin").get("/console/records/ota/trouble/").content.decode()
    assert "Needs attention" in records


def test_a_device_that_runs_an_unknown_release_says_it_too(device: RealDevice) -> None:
    Trouble.objects.all().delete()
    row = device.row
    assert row.running["version"] == "1.0"
    device.boot().client.config_data(None, _described(device))
    text = Trouble.objects.get(kind="told").text
    assert "cam-01 runs release rel_" in text
    assert device.row.running["version"] == "2.0"
    entry = AuditEntry.objects.get(action="ota.running_correct")
    assert entry.detail == {"database": "digits 1.0", "device": "digits 2.0", "epoch": 0}
    assert Assignment.objects.get().state == "succeeded", "the device has not fallen back"


def _described(device: RealDevice) -> ConfigData:
    return ConfigData(device.boot().describe())


def test_a_device_that_reports_on_an_unknown_action_says_it_too(device: RealDevice) -> None:
    client = device.boot().client
    client.poll()
    with pytest.raises(Rejected):
        client.action_feedback("2", outcome_feedback(success=True, reason=""))
    assert "cam-01 reports on action 2" in Trouble.objects.get(kind="told").text


def test_one_command_goes_on_and_devices_are_believed(
    device: RealDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Conflict, match="does not hold the head"):
        audit_checkpoint.checkpoint_sign()
    call_command("keys", "repair")
    assert "epoch 1 begun" in capsys.readouterr().out
    assert by_hand.readyz() == {"status": "ok"}
    update(device.boot())
    assert device.row.running["version"] == "2.0"
    assert AuditEntry.objects.filter(action="ota.running_correct").count() == 1
    third = offer(device, releases.release("3.0"), "third")
    assert third.pk >= epochs.begins_at() > 2
    update(device.boot())
    assert (state_of(third), device.row.running["version"]) == ("succeeded", "3.0")
    assert audit_checkpoint.checkpoint_sign(), "the log that is here now is signed again"


def test_a_database_that_knows_everything_is_no_trouble(
    capsys: pytest.CaptureFixture[str],
) -> None:
    device = enrolled()
    offer(device, releases.release("1.0"), "first")
    update(device.boot())
    repository.repository_maintain()
    assert by_hand.readyz() == {"status": "ok"}
    assert "TROUBLE" not in status(capsys)
    assert checks() == []
    call_command("keys", "repair")
    assert epochs.current() == 0


def test_a_row_in_the_database_does_not_hide_it(device: RealDevice) -> None:
    del device
    epochs.begin(by=personas.SYSTEM, because="somebody who writes the database at will")
    repository.repository_maintain()
    assert "older than what was published" in by_hand.readyz()["troubles"][0]
