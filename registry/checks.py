"""System checks: what would make foreign model files dangerous or blobs unreadable here."""

from typing import Any

from django.core import checks

from fleet.lib.jail import Mode, jail_mode

WORDS = {
    Mode.SECCOMP: checks.Warning(
        "This machine has neither user namespaces nor Landlock: what foreign model files run sees "
        "the machine's files.",
        hint="It still has no network, no environment and tight limits. Permit unprivileged user "
        "namespaces or Landlock (Linux 5.13) to the workers that build.",
        id="registry.W001",
    ),
    Mode.NONE: checks.Error(
        "Neither user namespaces nor seccomp filters work here: foreign models stay closed.",
        hint="Run the worker where one of them is permitted; nothing opens a model till then.",
        id="registry.E001",
    ),
}


@checks.register(checks.Tags.security, deploy=True)
def jail_works(**kwargs: Any) -> list[checks.CheckMessage]:
    """Try the jail, which costs two short processes."""
    del kwargs
    message = WORDS.get(jail_mode())
    return [message] if message else []
