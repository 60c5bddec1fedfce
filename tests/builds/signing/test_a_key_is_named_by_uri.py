from pathlib import Path

import pytest

from builds.signing import BadSignature, KeyUnusable, PublicKey, file_signer, open_signer
from builds.signing.uri import SCHEMES


def test_a_file_uri_opens_our_own_signer(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    file_signer.create(path)
    signer = open_signer(f"file:{path}")
    signature = signer.sign(b"bytes")
    public = PublicKey.of(signer)
    public.verify(b"bytes", signature.signature)
    with pytest.raises(BadSignature):
        public.verify(b"other bytes", signature.signature)


def test_the_schemes_of_key_services_are_known() -> None:
    assert {"file", "awskms", "hsm", "gcpkms", "azurekms"} <= set(SCHEMES)


@pytest.mark.parametrize("uri", ["", "key.pem", "http://keys/1", "file:", "awskms:", ":x"])
def test_an_unknown_uri_is_told_the_schemes(uri: str) -> None:
    with pytest.raises(KeyUnusable, match=r"one of: .*awskms.*file.*hsm"):
        open_signer(uri)


def test_a_key_service_needs_the_public_half_first() -> None:
    with pytest.raises(KeyUnusable, match="needs its public half"):
        open_signer("awskms:alias/firmware")


def test_a_key_service_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    file_signer.create(path)
    public = file_signer.load(path).public_key
    with pytest.raises(KeyUnusable, match=r"cannot be opened|not installed"):
        open_signer("file2:/nowhere/key.pem", public)
