"""What operators type."""

import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command

from builds import keyring
from builds.models import SigningKey
from tests.builds import makers

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_keys_ensure_prints_the_public_halves() -> None:
    assert json.loads(said("keys_ensure")) == keyring.public_keys()


def public_pem(path: Path) -> str:
    key = Ed25519PrivateKey.generate().public_key()
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(path)


def test_keys_import_publishes_a_public_key(tmp_path: Path) -> None:
    keyid = said("keys_import", "director", public_pem(tmp_path / "key.pem")).strip()
    assert SigningKey.objects.get(role="director").keyid == keyid


def test_a_second_key_for_a_role_is_refused(tmp_path: Path) -> None:
    said("keys_import", "director", public_pem(tmp_path / "1.pem"))
    with pytest.raises(CommandError, match="Another key is published for director"):
        said("keys_import", "director", public_pem(tmp_path / "2.pem"))
    assert SigningKey.objects.count() == 1


@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match="holds no public key"):
        said("keys_import", "director", str(path))


def test_build_now_prints_the_log_of_a_build_that_is_there() -> None:
    build = makers.built()
    text = said("build_now", build.version.public_id, build.target)
    assert "16 vectors equal in tflm, host" in text
    assert text.endswith(f"{build.public_id} succeeded\n")


def test_build_now_fails_with_the_builds_own_sentence() -> None:
    version = makers.version()  # its file is no model, so the real compiler refuses it
    with pytest.raises(CommandError) as failed:
        said("build_now", version.public_id, "cortex-m4f")
    assert str(failed.value) == version.builds.get().failure


def test_build_now_refuses_what_cannot_be_asked_for() -> None:
    with pytest.raises(CommandError, match="There is no version ver_x"):
        said("build_now", "ver_x", "cortex-m4f")
