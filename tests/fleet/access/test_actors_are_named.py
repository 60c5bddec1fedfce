"""The name under which a caller enters the log."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from fleet.access.accounts.actors import actor_of
from fleet.lib.actor import Actor, ActorKind
from fleet.lib.errors import Unauthenticated
from tests import personas


@dataclass
class Sensor:
    """A principal that is no user."""

    actor: Actor
    is_authenticated: bool = True


def request_of(user: object, auth: object = None) -> Request:
    request = Request(APIRequestFactory().get("/"))
    request.user, request.auth = user, auth  # type: ignore[assignment]
    return request


@pytest.mark.django_db
def test_a_user_keeps_the_id_when_renamed() -> None:
    user = personas.user("engineer")
    before = actor_of(request_of(user))
    user.username = "renamed"
    after = actor_of(request_of(user))
    assert (before.id, after.label) == (after.id, "renamed")


@pytest.mark.django_db
def test_a_token_is_named_with_its_owner() -> None:
    token, _ = personas.token("engineer")
    actor = actor_of(request_of(token.owner, token))
    assert actor == Actor(ActorKind.TOKEN, token.public_id, "engineer (token engineer's pipeline)")


def test_a_device_names_itself() -> None:
    actor = Actor(ActorKind.DEVICE, "dev_1", "press 7")
    assert actor_of(request_of(Sensor(actor))) == actor


def test_nobody_has_no_name() -> None:
    with pytest.raises(Unauthenticated):
        actor_of(request_of(AnonymousUser()))
