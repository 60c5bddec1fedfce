"""A child that speaks only MCUmgr: an image of MCUboot is sent, tested and confirmed.

With two slots, the boot loader swaps and swaps back by itself. With one, the boot loader takes the
image in serial recovery; between its first and its last piece the child has no image to start, so
that way is taken only where the settings of the child allow it.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from device_agent.clock import Clock
from device_agent.errors import ModelBroken, UpdateRefused
from device_agent.gateway.carriers.carrier import ChildImage, TrialOutcome, TrialVerdict
from device_agent.gateway.line.conversation import Conversation, SmpRefused
from device_agent.gateway.line.link import ChildSilent, ChildStrange
from device_agent.gateway.line.upload import PieceUpload
from device_agent.protocol import fields
from device_agent.protocol.chip.image import parse_boot_image
from device_agent.protocol.chip.packet import SmpGroup
from device_agent.protocol.errors import ProtocolError

RESET, PARAMETERS, INFO = 5, 6, 7  # commands of the group of the system
STATE, UPLOAD, SLOT_INFO = 0, 1, 6  # commands of the group of images
STATISTICS_OF, STATISTICS_LIST = 0, 1
BOOT_LOADER: Final = 1  # boot mode of a reset that ends in serial recovery
IMAGES_MAX: Final = 16
STATISTICS_MAX: Final = 8  # groups that are reported
VALUES_MAX: Final = 16  # numbers of a group that are reported
RESTART_POLLS: Final = 60
RESTART_POLL_SECONDS: Final = 1.0
STAYS_MAX: Final = 10  # answers of a boot loader that should have started the image
NOT_SUPPORTED: Final = 8
DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class HeldImage:
    """One image as the child lists it."""

    digest: bytes
    version: str
    active: bool
    pending: bool
    confirmed: bool


class StockCarrier:
    """See ``Carrier``."""

    def __init__(
        self,
        conversation: Conversation,
        clock: Clock,
        *,
        recovery: int,
        boot_digests: dict[str, str],
    ) -> None:
        # What its boot loader takes at once; 0 where that way is not allowed.
        self._ask, self._clock, self._recovery = conversation, clock, recovery
        # SHA-256 of a file → the digest that the boot loader knows its image by
        self._boot_digests = boot_digests

    def hold_against(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        self._boot_digest(image)
        room = self._slot_bytes()
        if room is not None and len(image.data) > room:
            raise UpdateRefused(
                f"The image has {len(image.data)} bytes, a slot of the child {room}."
            )

    def send(self, image: ChildImage, progress: Callable[[int], None]) -> None:
        """See ``Carrier``."""
        wanted = self._boot_digest(image)
        if self._holding(wanted) is not None:
            return
        if self._recovery and not self._in_boot_loader():
            self._reset(boot_loader=True)
        elif not self._recovery and self._in_boot_loader():
            raise ChildSilent("The child waits in its boot loader, which it may not be given to.")
        first = {"len": len(image.data), "sha": image.digest}
        PieceUpload(self._ask, SmpGroup.IMAGE, UPLOAD, image.data, first, progress).send()

    def switch(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        wanted = self._boot_digest(image)
        if not self._in_boot_loader():
            held = self._holding(wanted)
            if held is None:
                raise ChildSilent("The child has lost the image; it is sent again.")
            if held.active:
                return
            if not held.pending:
                self._test(wanted)
        # A boot loader that had no image at its start lists none until the next.
        self._reset(boot_loader=False)

    def outcome(self, image: ChildImage) -> TrialOutcome:
        """See ``Carrier``."""
        held = self._holding(self._boot_digest(image))
        if held is None:
            return TrialOutcome(TrialVerdict.ABSENT, "The child holds another image.")
        if held.active:
            return TrialOutcome(TrialVerdict.GOOD if held.confirmed else TrialVerdict.TRIAL)
        if held.pending or self._in_boot_loader():
            return TrialOutcome(TrialVerdict.ABSENT, "The child has not started the image yet.")
        return TrialOutcome(
            TrialVerdict.FELL_BACK, "The boot loader went back to the image before it."
        )

    def confirm(self, image: ChildImage) -> None:
        """See ``Carrier``."""
        wanted = self._boot_digest(image)
        held = self._holding(wanted)
        if held is not None and not held.confirmed:
            self._ask.ask(SmpGroup.IMAGE, STATE, {"hash": wanted, "confirm": True}, write=True)

    def runs(self, sha256: str) -> bool | None:
        """See ``Carrier``."""
        known = self._boot_digests.get(sha256)
        active = [image.digest.hex() for image in self._images() if image.active]
        return known in active if known and active else None

    def told(self) -> dict[str, str]:
        """See ``Carrier``."""
        told = {"strength": "gateway", **_statistics(self._ask)}
        for name, form in (("board", "i"), ("firmware", "v")):
            said = _answer(self._ask, SmpGroup.SYSTEM, INFO, {"format": form}).get("output")
            if isinstance(said, str):
                told[name] = said[: fields.TEXT_LIMIT].strip()
        images = self._images()
        told["slots"] = "; ".join(
            f"{image.version} {image.digest.hex()[:12]}"
            + "".join(
                f" {word}" for word in ("active", "pending", "confirmed") if image_is(image, word)
            )
            for image in images
        )
        return told

    def _boot_digest(self, image: ChildImage) -> bytes:
        """Return what the boot loader knows the image by, and remember it."""
        sha256 = image.instruction.artifact.sha256
        if sha256 not in self._boot_digests:
            try:
                self._boot_digests[sha256] = parse_boot_image(image.data).digest.hex()
            except ProtocolError as error:
                raise UpdateRefused(str(error)) from error
        return bytes.fromhex(self._boot_digests[sha256])

    def _test(self, digest: bytes) -> None:
        try:
            self._ask.ask(SmpGroup.IMAGE, STATE, {"hash": digest, "confirm": False}, write=True)
        except SmpRefused as error:
            if error.fault.code == NOT_SUPPORTED:
                raise UpdateRefused(
                    "The child has one slot: its settings must allow recovery by its boot loader."
                ) from error
            raise ModelBroken(f"The child does not take the image: {error}") from error

    def _reset(self, *, boot_loader: bool) -> None:
        payload = {"boot_mode": BOOT_LOADER} if boot_loader else {}
        with contextlib.suppress(ChildSilent):  # it may have gone before its answer was out
            self._ask.ask(SmpGroup.SYSTEM, RESET, payload, write=True, tries=1)
        self._ask.link.widen(0)
        stays = 0
        for _ in range(RESTART_POLLS):
            self._clock.sleep(RESTART_POLL_SECONDS)
            try:
                arrived = self._in_boot_loader() == boot_loader
            except ChildSilent:
                continue
            if arrived:
                widen(self._ask, untold=self._recovery if boot_loader else 0)
                return
            stays += 1
            if stays >= STAYS_MAX and not boot_loader:
                raise ModelBroken("The boot loader does not start the image.")
        raise ChildSilent("The child has not come back from its restart.")

    def _in_boot_loader(self) -> bool:
        """A running system tells which image is active; the boot loader's server never does."""
        return not any(image.active for image in self._images())

    def _holding(self, digest: bytes) -> HeldImage | None:
        return next((image for image in self._images() if image.digest == digest), None)

    def _images(self) -> list[HeldImage]:
        try:
            answer = self._ask.ask(SmpGroup.IMAGE, STATE)
        except SmpRefused:
            return []
        try:
            listed = fields.items(answer, "images", limit=IMAGES_MAX)
            return [_held(fields.members(item, "An image")) for item in listed]
        except ProtocolError as error:
            raise ChildStrange(f"The child's answer makes no sense: {error}") from error

    def _slot_bytes(self) -> int | None:
        """Return how much the smallest slot takes, where the child tells it."""
        listed = _answer(self._ask, SmpGroup.IMAGE, SLOT_INFO, {}).get("images")
        sizes = [
            slot["size"]
            for image in (listed if isinstance(listed, list) else [])[:IMAGES_MAX]
            if isinstance(image, dict) and isinstance(image.get("slots"), list)
            for slot in image["slots"][:IMAGES_MAX]
            if isinstance(slot, dict) and isinstance(slot.get("size"), int)
        ]
        return min(sizes, default=None)


def image_is(image: HeldImage, word: str) -> bool:
    """Tell whether an image has one of the marks of its listing."""
    return getattr(image, word) is True


def widen(conversation: Conversation, *, untold: int = 0) -> None:
    """Ask how much the child takes at once, and use it; ``untold`` where it does not say."""
    answer = _answer(conversation, SmpGroup.SYSTEM, PARAMETERS, {})
    size = answer.get("buf_size", untold)
    if isinstance(size, int) and 64 <= size <= fields.U32_MAX >> 16:
        conversation.link.widen(size)


def _held(data: Mapping[str, object]) -> HeldImage:
    digest = data.get("hash", b"")
    if not isinstance(digest, bytes) or len(digest) not in (0, DIGEST_BYTES):
        raise ProtocolError("'hash' must be a SHA-256.")
    return HeldImage(
        digest=digest,
        version=fields.text(data, "version", limit=64, empty=True),
        active=data.get("active") is True,
        pending=data.get("pending") is True,
        confirmed=data.get("confirmed") is True,
    )


def _answer(
    conversation: Conversation, group: int, command: int, payload: Mapping[str, object]
) -> dict[str, object]:
    """Return an answer that may fail to come: old servers keep silent where they know nothing."""
    try:
        return conversation.ask(group, command, payload, tries=1)
    except (SmpRefused, ChildSilent):
        return {}


def _statistics(conversation: Conversation) -> dict[str, str]:
    """Return the server's counters, bounded: the telemetry of a child that knows no other."""
    names = _answer(conversation, SmpGroup.STATISTICS, STATISTICS_LIST, {}).get("stat_list")
    found: dict[str, str] = {}
    for name in (names if isinstance(names, list) else [])[:STATISTICS_MAX]:
        if not isinstance(name, str) or not fields.NAME.fullmatch(name):
            continue
        values = _answer(conversation, SmpGroup.STATISTICS, STATISTICS_OF, {"name": name})
        numbers = values.get("fields")
        for field, value in list((numbers if isinstance(numbers, dict) else {}).items())[
            :VALUES_MAX
        ]:
            if isinstance(field, str) and fields.NAME.fullmatch(field) and isinstance(value, int):
                found[f"smp.{name}.{field}"] = str(value)
    return found
