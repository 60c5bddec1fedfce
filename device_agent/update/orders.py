"""From an offer of the service to an order that this device may carry out, or a reason why not.

Everything that has to be verified before a single byte is downloaded is verified here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from device_agent.errors import Refused, Unverified
from device_agent.identity.keys import Pins
from device_agent.net.client import DeviceClient
from device_agent.protocol.ddi import Deployment
from device_agent.protocol.instruction import Instruction
from device_agent.state.record import AgentState, Content
from device_agent.update.recovery import content_of
from device_agent.update.repository import Found, Repository
from device_agent.update.trust import Memory, judge, open_documents, require_described, trusted_time

ASSIGNMENT_LIMIT = 64  # characters


def assignment_named(links: Mapping[str, str]) -> str:
    """Which assignment the service says that it offers; empty where it does not say.

    Not proven, and it need not be: it only tells one action from another of the same number.
    """
    try:
        named = parse_qs(urlsplit(links.get("instruction", "")).query).get("assignment", [""])
    except ValueError:
        return ""
    return named[0][:ASSIGNMENT_LIMIT]


@dataclass(frozen=True, slots=True)
class Order:
    """A verified instruction, the documents that prove it, and what it puts into a slot."""

    action: str
    url: str
    offer: Deployment
    told: Instruction
    document: bytes
    content: Content


@dataclass(frozen=True, slots=True)
class Desk:
    """Where offers are verified."""

    client: DeviceClient
    pins: Pins
    repository: Repository

    def order(
        self,
        offer: Deployment,
        links: Mapping[str, str],
        *,
        state: AgentState,
        wall: float,
    ) -> Order:
        """The order in an offer; ``Refused`` says why there is none."""
        if "instruction" not in links:
            raise Refused("The service offers a deployment without a signed instruction.")
        question = _Question(links["instruction"], links.get("tuf"), Memory.of(state), wall)
        document, told = self._told(question)
        security = 0
        if self.pins.enrolment.tuf_root:
            found = self._found(question, told)
            if found.keys and self.pins.follow(found.keys):
                # By now the service has signed with the new keys, or what it says counts no more.
                document, told = self._read(question)
            security = _agreed(told, found, state)
        content = content_of(told, security=security)
        return Order(offer.action_id, links["deploymentBase"], offer, told, document, content)

    def _told(self, question: "_Question") -> tuple[bytes, Instruction]:
        """The instruction; where the keys that are known have not signed it, perhaps newer have."""
        try:
            return self._read(question)
        except Unverified:
            if not self._newer_keys(question):
                raise
        return self._read(question)

    def _read(self, question: "_Question") -> tuple[bytes, Instruction]:
        document = self.client.documents(question.url)
        enrolment = self.pins.enrolment
        pair = open_documents(document, enrolment)
        told = judge(pair, enrolment=enrolment, memory=question.memory, wall=question.wall)
        return document, told

    def _newer_keys(self, question: "_Question") -> bool:
        if not self.pins.enrolment.tuf_root or question.repository is None:
            return False
        try:
            keys = self._look_up(question, "", signed=question.memory.signed_time).keys
            return keys is not None and self.pins.follow(keys)
        except Unverified:  # then the first reason is the better one
            return False

    def _found(self, question: "_Question", told: Instruction) -> Found:
        if not told.tuf_path or question.repository is None:
            raise Unverified("The artifact is not named in the repository.")
        signed = max(question.memory.signed_time, told.issued_at)
        return self._look_up(question, told.tuf_path, signed=signed)

    def _look_up(self, question: "_Question", path: str, *, signed: int) -> Found:
        now = trusted_time(question.wall, signed=signed)
        root = self.pins.enrolment.embedded_root
        return self.repository.look_up(question.repository or "", path, root=root, now=now)


@dataclass(frozen=True, slots=True)
class _Question:
    """Where the documents are, and what this device knows already."""

    url: str
    repository: str | None
    memory: Memory
    wall: float


def _agreed(told: Instruction, found: Found, state: AgentState) -> int:
    """The release's security counter, as the repository signs it."""
    if found.artifact is None:
        raise Unverified("The artifact is not named in the repository.")
    require_described(told, found.artifact, security=state.security)
    return found.artifact.counter
