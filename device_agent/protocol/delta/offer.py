"""What a service offers in place of a whole file: deltas, the shortest first.

They ride on an artifact of a deployment as a member that no other client of DDI reads. An offer is
not signed and needs no trust: what it makes has the digest that is signed, or is thrown away.
"""

from dataclasses import dataclass
from typing import Final

from device_agent.protocol import fields

MEMBER: Final = "deltas"
OFFERS_LIMIT: Final = 4
HREF_LIMIT: Final = 2048  # characters
NOTHING: Final = ""  # the source of a file that is only compressed


@dataclass(frozen=True, slots=True)
class DeltaOffer:
    """A delta's bytes, and the digest of the file that it changes; empty where it needs none."""

    source: str
    sha256: str
    size: int
    download: str


def dump_offers(offers: tuple[DeltaOffer, ...]) -> dict[str, object]:
    """Return the members that an artifact has more for its deltas."""
    if not offers:
        return {}
    return {MEMBER: [_dump(offer) for offer in offers]}


def parse_offers(artifact: fields.Json) -> tuple[DeltaOffer, ...]:
    """Return the deltas of an artifact; none where a service knows of none."""
    if MEMBER not in artifact:
        return ()
    found = fields.items(artifact, MEMBER, limit=OFFERS_LIMIT)
    return tuple(_parse(fields.members(each, "A delta")) for each in found)


def _dump(offer: DeltaOffer) -> dict[str, object]:
    return {
        "source": offer.source,
        "sha256": offer.sha256,
        "size": offer.size,
        "href": offer.download,
    }


def _parse(data: fields.Json) -> DeltaOffer:
    source = fields.text(data, "source", empty=True)
    return DeltaOffer(
        source=fields.digest(data, "source") if source else NOTHING,
        sha256=fields.digest(data, "sha256"),
        size=fields.integer(data, "size", low=1),
        download=fields.text(data, "href", limit=HREF_LIMIT),
    )
