"""System checks of builds: a worker of production does not open foreign models in half a jail.

Guarantees: in production, a process of kind `build` whose jail is not whole is an error before it
does anything; elsewhere, such a worker starts and says so once.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from builds.keyring import process as process_keys
from builds.keyring.process import Process
from fleet.lib.jail import Mode, jail_mode

log = logging.getLogger(__name__)
LACKS = {
    Mode.SECCOMP: "it would see the files of this machine, for it has neither user namespaces nor "
    "Landlock",
    Mode.NONE: "it would not be held at all, for this machine has neither user namespaces nor "
    "Landlock nor filters of system calls",
}
HINT = (
    "Permit unprivileged user namespaces, or Landlock (Linux 5.13) and seccomp, to this process; "
    "container runtimes forbid them by their profile of system calls."
)


@register()
def the_jail_is_whole(**_: Any) -> list[CheckMessage]:
    """What code from a foreign model could do here; asked in production, where builds are made."""
    if not settings.EDGEFLEET_PRODUCTION or process_keys.here() != Process.BUILD:
        return []
    return [Error(text, hint=HINT, id="builds.E001") for text in _lacks()]


def require_whole_jail(sender: Any = None, **_: Any) -> None:
    """Stop a worker of production without a whole jail; warn elsewhere. No server runs the checks
    by itself.
    """
    del sender
    if wrong := the_jail_is_whole():
        raise SystemExit("\n".join(str(message) for message in wrong))
    if not settings.EDGEFLEET_PRODUCTION and process_keys.here() == Process.BUILD:
        for text in _lacks():
            log.warning("%s In production, this worker would not start. %s", text, HINT)


def _lacks() -> list[str]:
    lack = LACKS.get(jail_mode())
    return [f"Code from a foreign model is not jailed whole: {lack}."] if lack else []
