"""A linked image as the bytes that lie in flash, from its start on."""

from builds.image.errors import ImageError
from builds.toolchain.elf import SHT_NOBITS, Elf

ERASED = b"\xff"


def flat_bytes(image: Elf, start: int, head: str) -> bytes:
    """The payload; gaps are as flash is erased. Raises ImageError for an image that does not begin,
    at the address `start`, with the symbol `head`.
    """
    payload = bytearray()
    for piece in image.pieces:
        if piece.kind == SHT_NOBITS:
            continue
        offset = piece.address - start
        if offset < len(payload):
            raise ImageError("the linked image has code outside of the slot")
        payload += ERASED * (offset - len(payload)) + piece.data
    if image.symbols.get(head) != start:
        raise ImageError(f"the linked image does not begin with {head}")
    return bytes(payload)
