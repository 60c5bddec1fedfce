"""Signing a TUF metadata file on a machine that has a key and nothing else.

`python -m builds.signing.offline FILE --key URI`: no database, no settings, no network. The file is
made by `manage.py keys export` and is carried back to `manage.py keys import`.

Guarantees: only a key that the document (or the root before it) names may sign; a signature is
added to those that are there; what is signed is printed, so that a person sees it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from securesystemslib.signer import Signer as LibrarySigner
from securesystemslib.signer import SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization.json import JSONSerializer

from builds.signing.errors import KeyUnusable, SigningError
from builds.signing.keybook import write_private
from builds.signing.keys import Signer
from builds.signing.uri import open_signer, scheme_of

FILE_MAX = 5_000_000  # bytes
COMPACT = JSONSerializer(compact=True)


def metadata_sign(path: Path, uri: str) -> str:
    """Add the key's signature to the file; the key's id."""
    metadata = metadata_read(path)
    signer = _signer(metadata, uri)
    add_signature(metadata, signer)
    write_private(path, metadata.to_bytes(COMPACT))
    return str(signer.public_key.keyid)


def add_signature(metadata: Metadata[Any], signer: Signer) -> None:
    """Sign beside those who have signed already."""
    metadata.sign(cast("LibrarySigner", signer), append=True)


def metadata_read(path: Path) -> Metadata[Any]:
    """A metadata file, bounded. Raises KeyUnusable."""
    try:
        with path.open("rb") as file:
            metadata: Metadata[Any] = Metadata.from_bytes(file.read(FILE_MAX))
    except (OSError, RepositoryError) as error:
        raise KeyUnusable(f"{path} is not TUF metadata: {error}.") from error
    if not isinstance(metadata.signed, Root | Targets):
        raise KeyUnusable(f"{path} is {metadata.signed.type}: only root and targets are offline.")
    return metadata


def describe(metadata: Metadata[Any]) -> str:
    """What a person should read before signing."""
    signed = metadata.signed
    lines = [f"{signed.type} version {signed.version}, expires {signed.expires:%Y-%m-%d}"]
    if isinstance(signed, Root):
        for name, role in sorted(signed.roles.items()):
            keys = ", ".join(keyid[:12] for keyid in role.keyids)
            lines.append(f"  {name}: {role.threshold} of {len(role.keyids)} ({keys})")
    elif signed.delegations and signed.delegations.roles:
        lines += [f"  delegates {name}" for name in sorted(signed.delegations.roles)]
    lines.append(f"  signed by {', '.join(k[:12] for k in metadata.signatures) or 'nobody yet'}")
    return "\n".join(lines)


def _signer(metadata: Metadata[Any], uri: str) -> Signer:
    if scheme_of(uri) == "file":
        return open_signer(uri)
    named: dict[str, SSlibKey] = getattr(metadata.signed, "keys", {})
    refusals = []
    for key in named.values():
        try:
            signer = open_signer(uri, key)
            key.verify_signature(signer.sign(b"which key is this"), b"which key is this")
        except Exception as error:  # a token reports a foreign key in its own words
            refusals.append(str(error))
        else:
            return signer
    raise KeyUnusable(f"{uri} is none of the keys that the document names ({refusals[:1]}).")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 = signed."""
    parser = argparse.ArgumentParser(prog="python -m builds.signing.offline")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="file:…, hsm:…, awskms:…")
    parsed = parser.parse_args(arguments)
    try:
        keyid = metadata_sign(parsed.file, parsed.key)
        sys.stdout.write(f"{describe(metadata_read(parsed.file))}\nsigned with {keyid}\n")
    except SigningError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
