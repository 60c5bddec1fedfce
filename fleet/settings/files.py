"""Settings that need a file: the embedded secret, and where blobs lie."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fleet import env
from fleet.env import WrongVariable

BASE_DIR = Path(__file__).resolve().parents[2]


def home(code: Path) -> Path:
    """Return the folder that holds `var/`: the source tree, or the current folder when `code` is an
    installed package, because what a service writes must outlive the next installation.
    """
    return code if (code / "manage.py").is_file() else Path.cwd()


# Folder of everything that the embedded default writes.
VAR_DIR = env.folder("EDGEFLEET_VAR", home(BASE_DIR) / "var")


def embedded_secret(path: Path) -> str:
    """Return the secret in `path`, made on first use and readable by its owner only.

    Two processes may start at once: the one that loses the race to create the file reads the
    winner's.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        whole.touch(mode=0o600)
        whole.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(whole, path)
        whole.unlink()
    return path.read_text().strip()


def storage(url: str) -> dict[str, Any]:
    """Return Django's storage entry for `file:///folder` or
    `s3://bucket/prefix?endpoint_url=…&region_name=…`.

    Raises WrongVariable for another scheme.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        location = Path(parts.path)
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location, "file_permissions_mode": 0o440},
        }
    if parts.scheme == "s3":
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        options |= {"bucket_name": parts.netloc, "location": parts.path.strip("/")}
        # Blobs are named by their digest: overwriting one would replace it by itself.
        options |= {"file_overwrite": True, "default_acl": None, "querystring_auth": True}
        return {"BACKEND": "registry.blobs.s3.BlobStorage", "OPTIONS": options}
    message = f"BLOB_STORE={url!r} must start with file:// or s3://."
    raise WrongVariable(message)
