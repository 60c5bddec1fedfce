"""From an offer of the service to an order that this device may carry out, or a reason why not.

Everything that has to be verified before a single byte is downloaded is verified here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_agent.client import DeviceClient
from device_agent.errors import Refused, Unverified
from device_agent.identity import Enrolment
from device_agent.protocol.ddi import Deployment
from device_agent.protocol.instruction import Instruction
from device_agent.recovery import content_of
from device_agent.repository import Repository
from device_agent.state import AgentState, Content
from device_agent.trust import Memory, judge, open_documents, require_described, trusted_time


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
    enrolment: Enrolment
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
        document = self.client.documents(links["instruction"])
        told = judge(
            open_documents(document, self.enrolment),
            enrolment=self.enrolment,
            memory=Memory.of(state),
            wall=wall,
        )
        security = self._security(told, links.get("tuf"), state=state, wall=wall)
        content = content_of(told, security=security)
        url = links["deploymentBase"]
        return Order(offer.action_id, url, offer, told, document, content)

    def _security(
        self, told: Instruction, url: str | None, *, state: AgentState, wall: float
    ) -> int:
        """The release's security counter, as the repository signs it; 0 without a repository."""
        if not self.enrolment.tuf_root:
            return 0
        if not told.tuf_path or url is None:
            raise Unverified("The artifact is not named in the repository.")
        now = trusted_time(wall, signed=max(state.signed_time, told.issued_at))
        root = self.enrolment.embedded_root
        found = self.repository.describe(url, told.tuf_path, root=root, now=now)
        require_described(told, found, security=state.security)
        return found.counter
