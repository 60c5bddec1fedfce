import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from builds.signing import KeyUnusable, file_signer


def test_a_new_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "artifacts.pem"
    assert file_signer.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    file_signer.create(path)
    before = path.read_bytes()
    assert not file_signer.create(path)
    assert path.read_bytes() == before


def test_of_many_at_once_one_makes_the_key_and_no_rest_is_left(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(file_signer.create, [path] * 16))
    assert made.count(True) == 1
    assert list(tmp_path.iterdir()) == [path]
    file_signer.load(path)


def test_a_key_that_others_may_read_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    file_signer.create(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match=f"readable by others: run 'chmod 600 {path}'"):
        file_signer.load(path)


@pytest.mark.parametrize("content", [b"", b"no key", b"\x00" * 5000])
def test_a_file_that_is_no_key_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyUnusable, match="is not an unencrypted PEM private key"):
        file_signer.load(path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o600)
    private = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyUnusable, match="holds no Ed25519 key"):
        file_signer.load(path)


def test_a_missing_key_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="cannot be read: No such file"):
        file_signer.load(tmp_path / "key.pem")


def test_a_key_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "1.pem", tmp_path / "2.pem"
    file_signer.create(first)
    file_signer.create(second)
    published = file_signer.load(first).public_key
    with pytest.raises(KeyUnusable, match="does not belong to the public key"):
        file_signer.load(second, published)
