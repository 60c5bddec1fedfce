"""Verify a deployment: from what the service offers to what this device may install, or why not.

Everything that has to be verified before a single byte is downloaded is verified here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from device_agent.errors import Unverified, UpdateRefused
from device_agent.identity.keys import TrustedKeys
from device_agent.net.client import DeviceClient
from device_agent.protocol.ddi import Deployment
from device_agent.protocol.instruction import Instruction
from device_agent.state.record import AgentState, SlotContent
from device_agent.update.recovery import content_of
from device_agent.update.repository import LookupResult, Repository
from device_agent.update.trust import (
    KIND,
    UpdateHistory,
    judge,
    open_documents,
    require_target_info,
    trusted_time,
)

ASSIGNMENT_LIMIT = 64  # characters


def assignment_named(links: Mapping[str, str]) -> str:
    """Return which assignment the service says that it offers; empty where it does not say.

    Not proven, and without need of proof: it only tells one action from another of the same number.
    """
    try:
        named = parse_qs(urlsplit(links.get("instruction", "")).query).get("assignment", [""])
    except ValueError:
        return ""
    return named[0][:ASSIGNMENT_LIMIT]


@dataclass(frozen=True, slots=True)
class VerifiedInstruction:
    """A verified instruction, the documents that prove it, and what it puts into a slot."""

    action: str
    url: str
    deployment: Deployment
    instruction: Instruction
    document: bytes
    content: SlotContent


@dataclass(frozen=True, slots=True)
class InstructionVerifier:
    """Verifies what the service offers, before a single byte is downloaded."""

    client: DeviceClient
    trusted_keys: TrustedKeys
    repository: Repository
    kinds: Collection[str] = (KIND,)
    has: Mapping[str, str] = field(default_factory=dict)  # versions of other components

    def verify(
        self,
        deployment: Deployment,
        links: Mapping[str, str],
        *,
        state: AgentState,
        wall: float,
    ) -> VerifiedInstruction:
        """Return the verified instruction of a deployment. Raises UpdateRefused with the reason."""
        if "instruction" not in links:
            raise UpdateRefused("The service offers a deployment without a signed instruction.")
        question = _Question(links["instruction"], links.get("tuf"), UpdateHistory.of(state), wall)
        document, instruction = self._instruction(question)
        security = 0
        if self.trusted_keys.enrolment.tuf_root:
            found = self._found(question, instruction)
            if found.keys and self.trusted_keys.follow(found.keys):
                # By now the service has signed with the new keys, or what it says counts no more.
                document, instruction = self._read(question)
            security = self._agreed(instruction, found, state)
        content = content_of(instruction, security=security)
        return VerifiedInstruction(
            deployment.action_id,
            links["deploymentBase"],
            deployment,
            instruction,
            document,
            content,
        )

    def _instruction(self, question: "_Question") -> tuple[bytes, Instruction]:
        """Return the instruction; where the keys that are known have not signed it, perhaps newer
        have.
        """
        try:
            return self._read(question)
        except Unverified:
            if not self._newer_keys(question):
                raise
        return self._read(question)

    def _read(self, question: "_Question") -> tuple[bytes, Instruction]:
        document = self.client.documents(question.url)
        enrolment = self.trusted_keys.enrolment
        pair = open_documents(document, enrolment)
        instruction = judge(
            pair,
            enrolment=enrolment,
            history=question.history,
            wall=question.wall,
            kinds=self.kinds,
            has=self.has,
        )
        return document, instruction

    def _newer_keys(self, question: "_Question") -> bool:
        if not self.trusted_keys.enrolment.tuf_root or question.repository is None:
            return False
        try:
            keys = self._look_up(question, "", signed=question.history.signed_time).keys
            return keys is not None and self.trusted_keys.follow(keys)
        except Unverified:  # then the first reason is the better one
            return False

    def _found(self, question: "_Question", instruction: Instruction) -> LookupResult:
        if not instruction.tuf_path or question.repository is None:
            raise Unverified("The artifact is not named in the repository.")
        signed = max(question.history.signed_time, instruction.issued_at)
        return self._look_up(question, instruction.tuf_path, signed=signed)

    def _look_up(self, question: "_Question", path: str, *, signed: int) -> LookupResult:
        now = trusted_time(question.wall, signed=signed)
        root = self.trusted_keys.enrolment.embedded_root
        return self.repository.look_up(question.repository or "", path, root=root, now=now)

    def _agreed(self, instruction: Instruction, found: LookupResult, state: AgentState) -> int:
        """Return the release's security counter, as the repository signs it."""
        if found.artifact is None:
            raise Unverified("The artifact is not named in the repository.")
        security = state.security
        require_target_info(instruction, found.artifact, security=security, kinds=self.kinds)
        return found.artifact.counter


@dataclass(frozen=True, slots=True)
class _Question:
    """Where the documents are, and what this device knows already."""

    url: str
    repository: str | None
    history: UpdateHistory
    wall: float
