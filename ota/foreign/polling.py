"""What a RAUC service tells of itself in the heads of its polls, bounded and checked.

RAUC sends those that `send-headers` of its system.conf names, with the first request of a poll or
of an installation alone. The machine's id is confidential by RAUC's own word, and its uptime tells
nothing that the id of its start does not: neither is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleet.lib.errors import Refused

TEXT_MAX: Final = 128  # characters of one head
_UUID: Final = re.compile(r"[0-9A-Fa-f-]{1,36}")
# Attributes under which it is kept, so that device queries and pages show it.
VERSION: Final = "rauc-system-version"
BOOT: Final = "rauc-boot-id"
SERIAL: Final = "rauc-serial"
VARIANT: Final = "rauc-variant"


@dataclass(frozen=True, slots=True)
class RaucPoll:
    """One poll; what was not sent is empty."""

    version: str = ""  # of the system that runs
    boot: str = ""  # another one after each start of the machine
    serial: str = ""
    variant: str = ""
    transaction: str = ""  # of an installation: only then one is sent

    def attributes(self) -> dict[str, str]:
        """Return what is kept of it: what stays equal from poll to poll."""
        found = {
            VERSION: self.version,
            BOOT: self.boot,
            SERIAL: self.serial,
            VARIANT: self.variant,
        }
        return {name: text for name, text in found.items() if text}


def read_poll(headers: Mapping[str, str]) -> RaucPoll:
    """Return what the heads tell. Raises Refused with the head that is wrong."""
    return RaucPoll(
        version=_text(headers, "RAUC-System-Version"),
        boot=_id(headers, "RAUC-Boot-ID"),
        serial=_text(headers, "RAUC-Serial"),
        variant=_text(headers, "RAUC-Variant"),
        transaction=_id(headers, "RAUC-Transaction-ID"),
    )


def _text(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name, "").strip()
    if len(text) > TEXT_MAX or not text.isprintable():
        raise Refused(f"{name} has at most {TEXT_MAX} printable characters.")
    return text


def _id(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name, "").strip()
    if text and not _UUID.fullmatch(text):
        raise Refused(f"{name} must be a UUID.")
    return text
