"""Whether a challenger may run here: what its order says, the builder and the repository agree on.

The director does not sign these orders: nothing is installed, and whoever could forge one could
only have a released model run beside the champion, in bounds.
"""

from device_agent.clock import Clock
from device_agent.errors import Unverified, UpdateRefused
from device_agent.identity.keys import TrustedKeys
from device_agent.protocol import dsse
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.field.shadow import ShadowOrder
from device_agent.protocol.instruction import ARTIFACT_TYPE, ArtifactStatement, parse_statement
from device_agent.protocol.manifest import ABI
from device_agent.state.record import AgentState
from device_agent.update.repository import Repository, TargetInfo
from device_agent.update.trust import KIND, trusted_time


def verify(
    order: ShadowOrder,
    repository_url: str | None,
    pins: TrustedKeys,
    repository: Repository,
    state: AgentState,
    clock: Clock,
) -> None:
    """Raise ``UpdateRefused`` or ``Unverified`` unless a released artifact for here is named."""
    if order.target != pins.enrolment.target:
        raise UpdateRefused(
            f"The challenger is for target '{order.target}', not for this device's."
        )
    if not pins.enrolment.tuf_root or not repository_url:
        raise UpdateRefused(
            "This device knows no update repository that could vouch for a challenger."
        )
    now = trusted_time(clock.wall(), signed=state.signed_time)
    root = pins.enrolment.embedded_root
    found = repository.look_up(repository_url, order.tuf_path, root=root, now=now)
    if found.keys:
        pins.follow(found.keys)
    if found.artifact is None:
        raise Unverified("The challenger is not named in the repository.")
    require_agreement(order, _stated(order, pins), found.artifact)
    known = state.security.get(order.model, 0)
    if found.artifact.counter < known:
        raise UpdateRefused(
            f"The challenger has security counter {found.artifact.counter}, "
            f"this device has run {known}."
        )


def require_agreement(order: ShadowOrder, stated: ArtifactStatement, found: TargetInfo) -> None:
    """Raise ``Unverified`` at the first claim on which the three differ."""
    told = {
        "sha256": order.artifact.sha256,
        "length": order.artifact.length,
        "model": order.model,
        "version": order.version,
        "target": order.target,
        "kind": KIND,
    }
    for claim, value in told.items():
        if not value == getattr(stated, claim) == getattr(found, claim):
            raise Unverified(f"Order, builder and repository disagree on the {claim}.")
    if found.abi != ABI:
        raise Unverified(f"The challenger has ABI '{found.abi}', this agent '{ABI}'.")


def _stated(order: ShadowOrder, pins: TrustedKeys) -> ArtifactStatement:
    try:
        return parse_statement(
            dsse.unseal(order.statement, ARTIFACT_TYPE, pins.enrolment.artifacts)
        )
    except ProtocolError as error:
        raise Unverified(str(error)) from error
