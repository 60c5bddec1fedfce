"""System checks: what would make foreign model files dangerous or blobs unreadable here."""

from typing import Any

from django.core import checks

from fleet.lib.jail import Mode, jail_mode

WORDS = {
    Mode.SECCOMP: checks.Warning(
        "This machine forbids user namespaces: foreign model files see the machine's files.",
        hint="They still have no network, no environment and tight limits. Permit unprivileged "
        "user namespaces, or run the worker as a user that owns no secrets.",
        id="registry.W001",
    ),
    Mode.NONE: checks.Error(
        "Neither user namespaces nor seccomp filters work here: foreign models stay closed.",
        hint="Run the worker where one of them is permitted; nothing reads .keras files till then.",
        id="registry.E001",
    ),
}


@checks.register(checks.Tags.security, deploy=True)
def jail_works(**kwargs: Any) -> list[checks.CheckMessage]:
    """Try the jail, which costs two short processes."""
    del kwargs
    message = WORDS.get(jail_mode())
    return [message] if message else []
