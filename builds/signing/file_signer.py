"""Ed25519 keys in PEM files: the embedded default.

Guarantees: a key file is created once, never overwritten, never readable by group or others, and
complete or absent whenever the machine stops; a file whose mode lets others read it is refused.
"""

import os
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, SSlibKey

from builds.signing.errors import KeyUnusable

KEY_FILE_MAX = 4096  # bytes; a PKCS#8 Ed25519 key is about 120
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create(path: Path) -> bool:
    """Makes a key unless the file exists; true when this call made it, whoever else tries at the
    same time.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-key-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(CryptoSigner.generate_ed25519().private_bytes)
            file.flush()
            os.fsync(file.fileno())
        # A link fails when the name is taken, a rename would replace a key that signed something.
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink()
    return True


def load(path: Path, public: SSlibKey | None = None) -> CryptoSigner:
    """The signer of a key file, or one sentence on why it cannot serve."""
    pem = _read_private(path)
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"The key file {path} is not an unencrypted PEM private key.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"The key file {path} holds no Ed25519 key.")
    signer = CryptoSigner(private)
    if public is not None and public.keyval["public"] != signer.public_key.keyval["public"]:
        raise KeyUnusable(f"The key file {path} does not belong to the public key {public.keyid}.")
    return signer


def _read_private(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & OTHERS:
                raise KeyUnusable(
                    f"The key file {path} is readable by others: run 'chmod 600 {path}'."
                )
            return file.read(KEY_FILE_MAX)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be read: {error.strerror}.") from error
