"""Keys in a PKCS#11 token (SoftHSM2) and in AWS KMS (moto's server in this process): P-256."""

import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from builds.signing import (
    BadSignature,
    KeyUnusable,
    PublicKey,
    Signer,
    open_envelope,
    open_signer,
    seal,
)
from builds.signing.uri import public_of

KIND = "application/vnd.test"
LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, LABEL = "4711", "edgefleet-tests"


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URI of a P-256 key in a fresh SoftHSM2 token."""
    if not (shutil.which("softhsm2-util") and LIBRARY.exists()):
        pytest.skip("Debian's softhsm2 is not installed")
    pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(config))
    monkeypatch.setenv("PYKCS11LIB", str(LIBRARY))
    monkeypatch.setenv("EDGEFLEET_PKCS11_PIN", PIN)
    pins = ("--pin", PIN, "--so-pin", "12345678")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, *pins],
        check=True,
        capture_output=True,
    )
    module = pkcs11.lib(str(LIBRARY))
    module.reinitialize()
    with module.get_token(token_label=LABEL).open(user_pin=PIN, rw=True) as session:
        curve = pkcs11.util.ec.encode_named_curve_parameters("secp256r1")
        domain = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
        )
        domain.generate_keypair(id=b"\x02", label="root", store=True)
    return f"hsm:2?label={LABEL}"


def opened(uri: str) -> Signer:
    """A signer as a ceremony opens it."""
    return open_signer(uri, public_of(uri))


@pytest.mark.server
def test_a_token_signs_what_everybody_verifies(token: str) -> None:
    signer = opened(token)
    document = seal(b"payload", KIND, signer)
    assert open_envelope(document, KIND, [PublicKey.of(signer)]) == b"payload"
    assert signer.public_key.scheme == "ecdsa-sha2-nistp256"


@pytest.mark.server
def test_a_token_without_its_pin_says_so(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public = public_of(token)
    monkeypatch.delenv("EDGEFLEET_PKCS11_PIN")
    with pytest.raises(KeyUnusable, match="wants a PIN"):
        open_signer(token, public).sign(b"m")


@pytest.mark.server
def test_the_pin_may_lie_in_a_file(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = public_of(token)
    monkeypatch.delenv("EDGEFLEET_PKCS11_PIN")
    (tmp_path / "pin").write_text(f"{PIN}\n")
    monkeypatch.setenv("EDGEFLEET_PKCS11_PIN_FILE", str(tmp_path / "pin"))
    assert open_signer(token, public).sign(b"m").signature


@pytest.mark.server
@pytest.mark.django_db
def test_a_root_in_a_token_holds_the_repository(token: str, tmp_path: Path, settings: Any) -> None:
    from django.core.management import call_command
    from tuf.api.metadata import Metadata, Root

    from ota.trust import selectors

    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    call_command("keys", "init", "--key", f"root={token}")
    root = Metadata[Root].from_bytes(selectors.root_bytes())
    root.verify_delegate("root", root)
    (keyid,) = root.signed.roles["root"].keyids
    assert root.signed.keys[keyid].scheme == "ecdsa-sha2-nistp256"


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URI of a P-256 key in a KMS that lives in this process."""
    moto = pytest.importorskip("moto", reason="moto is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with moto.mock_aws():
        made = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        yield f"awskms:{made['KeyMetadata']['KeyId']}"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_key_service_signs_what_everybody_verifies(kms: str) -> None:
    """The imitation hashes a digest once more, as its documentation says; the real one does not."""
    signer = opened(kms)
    signature = signer.sign(b"payload")
    PublicKey.of(signer).verify(sha256(b"payload").digest(), signature.signature)
    with pytest.raises(BadSignature):
        PublicKey.of(signer).verify(sha256(b"another").digest(), signature.signature)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_key_that_the_service_does_not_have_is_one_sentence(kms: str) -> None:
    assert kms.startswith("awskms:")
    with pytest.raises(KeyUnusable, match="cannot be opened"):
        public_of("awskms:00000000-0000-0000-0000-000000000000")


def test_other_services_want_a_public_half() -> None:
    with pytest.raises(KeyUnusable, match="needs its public half"):
        public_of("gcpkms:projects/x")
