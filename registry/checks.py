"""System checks: what would make foreign model files dangerous or blobs unreadable here."""

from typing import Any

from django.core import checks

from fleet.lib.jail import Mode, jail_mode

WORDS = {
    Mode.SECCOMP: checks.Warning(
        "Foreign model files are opened without a file tree of their own: this machine forbids user namespaces.",
        hint="They still have no network, no environment and tight limits. Permit unprivileged user namespaces, "
        "or run the worker as a user that owns no secrets.",
        id="registry.W001",
    ),
    Mode.NONE: checks.Error(
        "Foreign model files cannot be opened safely: neither user namespaces nor seccomp filters work here.",
        hint="Run the worker where one of them is permitted; pushes of .keras files are refused until then.",
        id="registry.E001",
    ),
}


@checks.register(checks.Tags.security, deploy=True)
def jail_works(**kwargs: Any) -> list[checks.CheckMessage]:
    """Try the jail, which costs two short processes."""
    del kwargs
    message = WORDS.get(jail_mode())
    return [message] if message else []
