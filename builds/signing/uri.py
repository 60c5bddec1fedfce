"""From a key's URI to its signer: `file:` is ours, every other scheme is securesystemslib's.

Guarantees: an unknown scheme is one sentence that lists the known ones; nothing is loaded for a URI
that is not asked for.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, SSlibKey
from securesystemslib.signer import Signer as LibrarySigner

from builds.signing import file_signer
from builds.signing.errors import KeyUnusable
from builds.signing.keys import Signer

Opener = Callable[[str, SSlibKey | None], Signer]


def _open_file(uri: str, public: SSlibKey | None) -> Signer:
    return file_signer.load(file_path(uri), public)


def _open_by_library(uri: str, public: SSlibKey | None) -> Signer:
    """Open a key service's key, whose public half must have been imported before."""
    if public is None:
        raise KeyUnusable(f"The key {uri} needs its public half: run 'manage.py keys_import'.")
    try:
        return cast("Signer", LibrarySigner.from_priv_key_uri(uri, public))
    except UnsupportedLibraryError as error:
        raise KeyUnusable(
            f"The key {uri} needs a library that is not installed: {error}."
        ) from error
    except (ValueError, OSError) as error:
        raise KeyUnusable(f"The key {uri} cannot be opened: {error}.") from error


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
