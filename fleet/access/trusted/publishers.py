"""Trusting a job, no longer trusting it, and giving it a token.

Guarantees: an identity is taken once; a token is for the publisher's model and verb alone, ends
after fifteen minutes, and never has more rights than the person who trusts the job has now.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fleet.access import audit
from fleet.access.models import ApiToken, SpentIdentity, TrustedPublisher
from fleet.access.rules import identity as identities
from fleet.access.rules.publishers import Terms, refusal
from fleet.access.rules.token_secret import HINT_LENGTH, digest, new_secret
from fleet.access.rules.verbs import VERBS
from fleet.access.selectors import scopes_of
from fleet.access.trusted import issuers
from fleet.lib import clock
from fleet.lib.actor import Actor, system
from fleet.lib.errors import Conflict, Forbidden, NotFound, Refused
from fleet.lib.hashing import sha256_hex

LIFE: Final = timedelta(minutes=15)
KEPT_BEYOND: Final = timedelta(seconds=identities.LEEWAY_SECONDS + 5)
NAME_MAX: Final = 80


def publishers_all() -> QuerySet[TrustedPublisher]:
    """Every trusted job, the newest first."""
    return TrustedPublisher.objects.select_related("owner")


def publisher_get(public_id: str) -> TrustedPublisher:
    """One of them. Raises NotFound."""
    row = publishers_all().filter(public_id=public_id).first()
    if row is None:
        raise NotFound(f"There is no trusted publisher {public_id[:40]}.")
    return row


@transaction.atomic
def publisher_trust(*, owner: User, issuer: str, by: Actor, **terms: Any) -> TrustedPublisher:
    """Trust a job. Raises Refused for an issuer that the settings do not name, Conflict for a job
    that is trusted already.
    """
    if issuer not in settings.EDGEFLEET_OIDC_ISSUERS:
        known = ", ".join(settings.EDGEFLEET_OIDC_ISSUERS) or "none"
        raise Refused(f"{issuer} is not an issuer that EDGEFLEET_OIDC_ISSUERS names: {known}.")
    row = TrustedPublisher(owner=owner, issuer=issuer, kind=issuers.kind_of(issuer), **terms)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(f"{row} already.", code="exists") from error
    detail = {"issuer": issuer, "owner": owner.username, **terms}
    audit.record(by=by, action="access.publisher_trust", subject=row.public_id, detail=detail)
    return row


@transaction.atomic
def publisher_forget(*, publisher: TrustedPublisher, by: Actor) -> None:
    """Trust a job no longer; the tokens that it has end by themselves."""
    detail = {"repository": publisher.repository, "model": publisher.model}
    subject = publisher.public_id
    publisher.delete()
    audit.record(by=by, action="access.publisher_forget", subject=subject, detail=detail)


def identity_exchange(*, identity: str, model: str, verb: str) -> tuple[ApiToken, str]:
    """A token for a job that is trusted, and its secret. Raises Unauthenticated, Forbidden."""
    issuer = identities.issuer_of(identity)
    issuers.kind_of(issuer)
    key = identities.key_of(issuers.jwk(issuer, identities.key_id_of(identity)))
    now = clock.now()
    claims = identities.verified(
        identity,
        key,
        issuer=issuer,
        audience=settings.EDGEFLEET_OIDC_AUDIENCE,
        now=now.timestamp(),
    )
    publisher = _trusted(issuer, claims, model, verb)
    with transaction.atomic():
        _spend(issuer, claims)
        return _mint(publisher, claims, now)


def purge() -> int:
    """Remove identities that have expired; no identity is believed that long."""
    return SpentIdentity.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _trusted(issuer: str, claims: Any, model: str, verb: str) -> TrustedPublisher:
    """The publisher that the job is; one with an environment before one without."""
    rows = publishers_all().filter(issuer=issuer, model=model, verb=verb)
    why = f"No job of this issuer is trusted to {verb} {model}."
    for row in sorted(rows, key=lambda one: not one.environment):
        terms = Terms(
            row.kind, row.repository, row.account_id, row.workflow, row.environment, row.refs
        )
        found = refusal(terms, claims)
        if found is None:
            return row
        why = found
    raise Forbidden(why, code="invalid-publisher")


def _spend(issuer: str, claims: Any) -> None:
    spent = sha256_hex(f"{issuer}\n{claims['jti']}".encode())
    until = datetime.fromtimestamp(claims["exp"], UTC) + KEPT_BEYOND
    try:
        with transaction.atomic():
            SpentIdentity.objects.create(digest=spent, expires_at=until)
    except IntegrityError as error:
        raise Forbidden("This identity was used before.", code="invalid-reuse-token") from error


def _mint(publisher: TrustedPublisher, claims: Any, now: datetime) -> tuple[ApiToken, str]:
    scopes = VERBS[publisher.verb].scopes
    if not publisher.owner.is_active or not set(scopes) <= scopes_of(publisher.owner):
        raise Forbidden(f"{publisher.owner.username} may no longer {publisher.verb}.")
    secret = new_secret()
    token = ApiToken.objects.create(
        owner=publisher.owner,
        name=f"{publisher.verb} {publisher.model} by {publisher.repository}"[:NAME_MAX],
        hint=secret[:HINT_LENGTH],
        digest=digest(secret),
        scopes=list(scopes),
        created_at=now,
        expires_at=now + LIFE,
        model=publisher.model,
        verb=publisher.verb,
    )
    detail = {"publisher": publisher.public_id, "sha": str(claims.get("sha", ""))[:64]}
    detail |= {"ref": str(claims.get("ref", ""))[:200], "token": token.public_id}
    audit.record(
        by=system("trusted publishing"),
        action="access.identity_exchange",
        subject=publisher.public_id,
        detail=detail,
    )
    return token, secret
