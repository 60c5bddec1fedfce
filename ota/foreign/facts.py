"""The formats that are known, and what is read of a file: version, boards, and its signature."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

TEXT_MAX: Final = 200  # characters of one word out of a stranger's file
LIST_MAX: Final = 20  # words of one kind


class FileFormat(StrEnum):
    """What kind of file it is, by its first bytes."""

    SWU = "swu"
    RAUC = "raucb"
    MCUBOOT = "mcuboot"
    OCI = "oci"
    TAR = "tar"
    FILE = "file"


class Seal(StrEnum):
    """What is known of a file's signature. Nothing here says whether a device would trust it."""

    SIGNED = "signed"  # there is one, and what it covers agrees with the file where that is told
    UNSIGNED = "unsigned"
    BROKEN = "broken"  # the file contradicts itself: no device can take it
    UNKNOWN = "unknown"  # the format has no signature that this service knows


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file says of itself."""

    format: FileFormat
    seal: Seal
    sentence: str  # for people
    version: str = ""
    boards: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    counter: int | None = None  # MCUboot's security counter
    members: tuple[str, ...] = field(default=())


def dump(facts: FileFacts) -> dict[str, Any]:
    """Return what is stored: words cut to their limit."""
    found: dict[str, Any] = asdict(facts)
    for name in ("version", "sentence"):
        found[name] = printable(found[name])
    for name in ("boards", "signers", "members"):
        found[name] = [printable(word) for word in found[name][:LIST_MAX]]
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def sentence_of(stored: Mapping[str, Any]) -> str:
    """Return what is shown of a file's signature."""
    return str(stored.get("sentence", ""))


def printable(word: str) -> str:
    """Return a stranger's word with nothing in it that a page or a terminal would act on."""
    shown = "".join(mark if mark.isprintable() else " " for mark in word[:TEXT_MAX])
    return shown.strip()
