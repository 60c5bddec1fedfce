"""From a key's URI to its signer: `file:` is ours, every other scheme is securesystemslib's.

Guarantees: an unknown scheme is one sentence that lists the known ones; nothing is loaded for a URI
that is not asked for.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar, cast
from urllib.parse import parse_qsl

from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, AWSSigner, HSMSigner, SSlibKey
from securesystemslib.signer import Signer as LibrarySigner

from builds.signing import file_signer
from builds.signing.errors import KeyUnusable
from builds.signing.keys import Signer

PIN: Final = "EDGEFLEET_PKCS11_PIN"
T = TypeVar("T")
Opener = Callable[[str, SSlibKey | None], Signer]


def _open_file(uri: str, public: SSlibKey | None) -> Signer:
    return file_signer.load(file_path(uri), public)


def _open_by_library(uri: str, public: SSlibKey | None) -> Signer:
    """Open a key service's or a token's key, whose public half must have been imported before."""
    if public is None:
        raise KeyUnusable(f"The key {uri} needs its public half: run 'manage.py keys_import'.")
    return _asked(uri, lambda: cast("Signer", LibrarySigner.from_priv_key_uri(uri, public, _pin)))


def public_of(uri: str) -> SSlibKey:
    """The public half, from the file, the token or the key service itself; for ceremonies only."""
    scheme, rest = scheme_of(uri), uri.partition(":")[2]
    name, _, query = rest.partition("?")
    if scheme == "file":
        return open_signer(uri).public_key
    if scheme == "hsm":
        label = dict(parse_qsl(query)).get("label")
        return _asked(uri, lambda: HSMSigner.import_(int(name) if name else None, label, _pin)[1])
    if scheme == "awskms":
        return _asked(uri, lambda: AWSSigner.import_(name, "ecdsa-sha2-nistp256")[1])
    raise KeyUnusable(f"The key {uri} needs its public half, in a PEM file.")


def _asked(uri: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except KeyUnusable:
        raise
    except UnsupportedLibraryError as error:
        raise KeyUnusable(
            f"The key {uri} needs a library that is not installed: {error}."
        ) from error
    except Exception as error:  # tokens and clouds have error trees of their own
        raise KeyUnusable(f"The key {uri} cannot be opened: {error}.") from error


def _pin(_: str) -> str:
    """The token's PIN, from the variable or the file that it names."""
    if path := os.environ.get(f"{PIN}_FILE"):
        return Path(path).read_text().strip()
    if PIN not in os.environ:
        raise KeyUnusable(f"The token wants a PIN: set {PIN} or {PIN}_FILE.")
    return os.environ[PIN]


SCHEMES: Mapping[str, Opener] = {
    **dict.fromkeys(sorted(SIGNER_FOR_URI_SCHEME), _open_by_library),
    "file": _open_file,
}


def scheme_of(uri: str) -> str:
    """The scheme of a URI, if it is one that can be opened."""
    scheme, colon, rest = uri.partition(":")
    if not colon or not rest or scheme not in SCHEMES:
        raise KeyUnusable(f"A key is named by a URI of one of: {', '.join(sorted(SCHEMES))}.")
    return scheme


def file_path(uri: str) -> Path:
    """The path of a `file:` URI, which may be relative."""
    return Path(uri.removeprefix("file:"))


def open_signer(uri: str, public: SSlibKey | None = None) -> Signer:
    """The signer that a URI names."""
    return SCHEMES[scheme_of(uri)](uri, public)
