"""From a request, or a signed-in user, to the name that enters the audit log."""

from typing import Protocol, runtime_checkable

from django.contrib.auth.models import User
from django.http import HttpRequest
from rest_framework.request import Request

from fleet.access.models import ApiToken
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Unauthenticated


@runtime_checkable
class ActingPrincipal(Protocol):
    """A caller that is not a user, such as a device, and knows its own name."""

    @property
    def actor(self) -> Actor:
        """The name for the log."""
        ...


def actor_of(request: Request | HttpRequest) -> Actor:
    """Return who makes this request. Raises Unauthenticated for nobody."""
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        label = f"{token.owner.username} (token {token.name})"
        return Actor(ActorKind.TOKEN, token.public_id, label)
    if isinstance(request.user, User):
        return actor_of_user(request.user)
    if isinstance(request.user, ActingPrincipal):
        return request.user.actor
    raise Unauthenticated("Nobody known is calling.")


def actor_of_user(user: User) -> Actor:
    """Return the actor for a user; the id stays when the user is renamed."""
    return Actor(ActorKind.USER, str(user.pk), user.get_username())
