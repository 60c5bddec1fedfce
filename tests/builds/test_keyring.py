"""Who may open which key."""

import stat
from typing import Any

import pytest

from builds import keyring
from builds.choices import KeyRole
from builds.models import SigningKey
from fleet.lib.errors import Forbidden, Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def production_web(settings: Any) -> None:
    settings.EDGEFLEET_PRODUCTION = True
    settings.EDGEFLEET_PROCESS = "web"


def test_the_first_use_makes_the_key_and_warns_with_the_files_name(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.signer("artifacts")
    path = settings.EDGEFLEET_KEY_DIR / "artifacts.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in caplog.text
    caplog.clear()
    keyring.signer("artifacts")
    assert caplog.text == ""


def test_public_keys_verify_what_the_signer_signed() -> None:
    signature = keyring.signer(KeyRole.DIRECTOR).sign(b"m")
    found = keyring.public_keys()
    assert set(found) == set(KeyRole)
    assert found["director"]["keyid"] == signature.keyid
    assert len(bytes.fromhex(found["director"]["public"])) == 32
    (key,) = keyring.verifying_keys("director")
    key.verify(b"m", signature.signature)


def test_each_role_has_a_key_of_its_own() -> None:
    assert len({key["public"] for key in keyring.public_keys().values()}) == len(KeyRole)


@pytest.mark.usefixtures("production_web")
def test_the_web_process_never_opens_a_key_in_production(settings: Any) -> None:
    with pytest.raises(Forbidden, match="only a build process does"):
        keyring.signer("artifacts")
    with pytest.raises(Unavailable, match="not published yet: start the build worker"):
        keyring.public_keys()
    assert not settings.EDGEFLEET_KEY_DIR.exists()


def test_the_web_process_reads_what_a_worker_published(settings: Any) -> None:
    before = keyring.public_keys()
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    assert keyring.public_keys() == before


def test_a_lost_key_file_is_noticed_and_not_replaced(settings: Any) -> None:
    keyring.signer("artifacts")
    path = settings.EDGEFLEET_KEY_DIR / "artifacts.pem"
    path.unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        keyring.signer("artifacts")
    assert not path.exists()


def test_a_foreign_key_file_is_refused(settings: Any) -> None:
    keyring.keys_ensure()
    folder = settings.EDGEFLEET_KEY_DIR
    (folder / "director.pem").replace(folder / "artifacts.pem")
    with pytest.raises(Unavailable, match="does not belong"):
        keyring.signer("artifacts")


def test_an_operator_names_a_key_by_uri(settings: Any) -> None:
    settings.EDGEFLEET_SIGNING_KEYS = {"artifacts": "vault"}
    with pytest.raises(Unavailable, match="named by a URI"):
        keyring.signer("artifacts")
    settings.EDGEFLEET_SIGNING_KEYS = {"artifacts": "awskms:alias/x"}
    with pytest.raises(Unavailable, match="needs its public half"):
        keyring.signer("artifacts")


def test_a_worker_that_starts_publishes_every_key(settings: Any) -> None:
    from celery.signals import worker_ready

    worker_ready.send(sender=None)
    settings.EDGEFLEET_PRODUCTION, settings.EDGEFLEET_PROCESS = True, "web"
    assert set(keyring.public_keys()) == set(KeyRole)


def test_a_worker_starts_without_its_keys_too(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from celery.signals import worker_ready

    settings.EDGEFLEET_SIGNING_KEYS = {"artifacts": "awskms:alias/x"}
    worker_ready.send(sender=None)
    assert "the signing keys are not ready: The key awskms:alias/x needs" in caplog.text


def test_what_a_retired_key_signed_still_verifies() -> None:
    from fleet.lib import clock

    signature = keyring.signer("artifacts").sign(b"m")
    SigningKey.objects.filter(role="artifacts").update(retired_at=clock.now())
    keys = {key.keyid: key for key in keyring.verifying_keys("artifacts")}
    keys[signature.keyid].verify(b"m", signature.signature)
    assert "artifacts" not in keyring._published()
