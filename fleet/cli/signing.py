"""An approver's own signature, made on the approver's machine: the key never leaves it."""

import base64
import json
import stat
from pathlib import Path
from typing import Any, Final

from fleet.cli.errors import RequestRefused

ENVELOPE_MAX_BYTES: Final = 128 * 1024
SIGNING_EXTRA: Final = "securesystemslib[crypto]>=1.3"  # of `edgefleet-cli[sign]`
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def payload_of(statement: dict[str, Any]) -> bytes:
    """Return the bytes to be signed."""
    return base64.b64decode(statement["payload"])


def lines(statement: dict[str, Any]) -> list[str]:
    """Return what a person should read before signing."""
    said = json.loads(payload_of(statement))
    return [
        f"signing {said['model']} {said['version']} ({said['release']}), counter {said['counter']}",
        *(f"  {file['target']}: {file['name']} {file['sha256']}" for file in said["files"]),
    ]


def signed_with(statement: dict[str, Any], key: str) -> dict[str, object]:
    """Return the envelope over a statement, by an Ed25519 or P-256 key in a PEM file."""
    # An extra of the distribution: only those who sign install it, and pay for loading it.
    try:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )
        from securesystemslib.dsse import Envelope  # noqa: PLC0415
        from securesystemslib.signer import CryptoSigner  # noqa: PLC0415
    except ImportError as error:
        raise RequestRefused(f"Signing needs more: run `pip install '{SIGNING_EXTRA}'`.") from error

    path = Path(key.removeprefix("file:"))
    try:
        if path.stat().st_mode & OTHERS:
            raise RequestRefused(f"{path} is readable by others: run 'chmod 600 {path}'.")
        signer = CryptoSigner(load_pem_private_key(path.read_bytes(), None))
    except (OSError, ValueError, TypeError) as error:
        raise RequestRefused(f"{path} holds no private key that can sign: {error}.") from error
    envelope = Envelope(payload_of(statement), str(statement["payload_type"]), {})
    envelope.sign(signer)
    return dict(envelope.to_dict())


def signed_elsewhere(path: Path) -> dict[str, Any]:
    """Return an envelope that `python -m builds.signing.approve` wrote."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(ENVELOPE_MAX_BYTES))
    except (OSError, ValueError) as error:
        raise RequestRefused(f"{path} holds no signature: {error}.") from error
    if not isinstance(found, dict):
        raise RequestRefused(f"{path} holds no signature.")
    return found
