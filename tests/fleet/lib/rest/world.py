"""One of everything that an address of the REST API can name, and every endpoint with real names.

An endpoint is found by the resolver, so a new one is tried the moment it has a route; what its
names stand for is told here, and a route with an unknown name fails.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.apps import apps
from django.core import serializers
from django.urls import URLPattern, URLResolver, get_resolver

from builds.models import Artifact, Build
from fleet.access.models import ApiToken
from fleet.access.trusted.publishers import publisher_trust
from fleet.devices.enrolment import codes
from fleet.devices.filters import filter_create
from fleet.devices.models import Device, Group
from fleet.devices.tokens import issue as tokens
from fleet.lib import clock
from fleet.telemetry.field.capture.acts import capture_ask
from fleet.telemetry.models import CaptureKey
from ota.models import Release, Rollout, RolloutCheck, Shadow
from ota.planning.named_policies import policy_create
from registry.models import ModelVersion
from registry.services import alias_move
from tests import personas
from tests.fleet.console import world as worlds
from tests.ota.software import module
from tests.registry.factories import dataset_make

WRITING: Final = ("post", "put", "patch", "delete")
# Rows that tell of calls and not of what they did.
BESIDE: Final = frozenset({"idempotencykey", "session", "apitoken", "migrationrecorder"})


@dataclass(frozen=True)
class Endpoint:
    """One method of one address."""

    method: str
    path: str
    route: str
    view: Any

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.route}"

    @property
    def handler(self) -> Any:
        return getattr(self.view, self.method)


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every route of our own REST API with its view class; `/api/2.0/` is MLflow's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            yield route, pattern.callback.cls  # type: ignore[attr-defined]


def methods_of(view: Any) -> list[str]:
    return [name for name in ("get", *WRITING) if hasattr(view, name)]


def careful() -> str:
    """Make a policy, and return its name."""
    return policy_create(name="careful", by=personas.SYSTEM, document={}).name


def trusted(model: str) -> str:
    """Trust a job of CI with a model, and return its public id."""
    return publisher_trust(
        owner=personas.user("owner"),
        issuer="https://gitlab.com",
        by=personas.SYSTEM,
        repository="acme/models",
        account_id="1",
        workflow=".gitlab-ci.yml",
        environment="",
        refs="refs/tags/*",
        model=model,
        verb="publish",
    ).public_id


def beside(release: Release, group: Group) -> str:
    """Run a release beside what a group runs, and return the public id of that."""
    return Shadow.objects.create(
        release=release,
        group=group,
        every=10,
        time_ms=1000,
        memory_mib=256,
        until=clock.now() + timedelta(hours=1),
        devices=1,
        started_by="ben",
    ).public_id


def asked(rollout: Rollout) -> str:
    """Ask somebody outside about a rollout's first wave, and return the question's public id."""
    now = clock.now()
    return RolloutCheck.objects.create(
        wave=rollout.waves.all()[0],
        destination="bench",
        asked_at=now,
        due_at=now + timedelta(hours=1),
    ).public_id


def kept() -> str:
    """Keep a filter of devices as the owner, and return its public id."""
    asked = {"q": "lot=B7", "state": "accepted"}
    owner = personas.user("owner")
    return filter_create(
        owner=owner, name="lot B7", asked=asked, shared=True, by=personas.SYSTEM
    ).public_id


class World:
    """The rows, and what the names of the routes stand for."""

    def __init__(self) -> None:
        version: ModelVersion = (small := worlds.make()).version
        alias_move(
            model=version.model, name="production", to=version, expected=None, by=personas.SYSTEM
        )
        code, _ = codes.code_create(name="line 1", by=personas.SYSTEM)
        group = Group.objects.get()
        self.device: Device = small.device
        self.group_token, self.gateway_secret = tokens.token_issue(holder=group, by=personas.SYSTEM)
        self.device_token, self.device_secret = tokens.token_issue(
            holder=self.device, by=personas.SYSTEM
        )
        self.api_token: ApiToken = personas.token("owner")[0]
        artifact = Artifact.objects.filter(build=small.build).first()
        assert artifact is not None
        CaptureKey.objects.create(public="0" * 64)
        capture = capture_ask(
            version=version,
            group=group,
            by=personas.SYSTEM,
            reason="tests",
            samples=1,
            bytes_max=1024,
            hours=1,
        )
        self.names: dict[str, dict[str, object]] = {
            "devices": {"public_id": self.device.public_id, "token": self.device_token.public_id},
            "groups": {"name": group.name, "token": self.group_token.public_id},
            "device-filters": {"public_id": kept()},
            "enrolment-codes": {"public_id": code.public_id},
            "tokens": {"public_id": self.api_token.public_id},
            "models": {"name": version.model.name, "number": version.number, "alias": "production"},
            "versions": {"public_id": version.public_id},
            "datasets": {"public_id": dataset_make().public_id},
            "blobs": {"sha256": version.blob_id},
            "builds": {"public_id": Build.objects.get().public_id},
            "artifacts": {"public_id": artifact.public_id},
            "incidents": {"public_id": small.incident.public_id},
            "rules": {"public_id": small.rule.public_id},
            "rules/backtests": {"public_id": small.backtest.public_id},
            "destinations": {"public_id": small.destination.public_id},
            "deliveries": {"public_id": small.delivery.public_id},
            "releases": {"public_id": small.rollout.release.public_id},
            "rollouts": {"public_id": small.rollout.public_id},
            "checks": {"public_id": asked(small.rollout)},
            "captures": {"public_id": capture.public_id},
            "policies": {"name": careful()},
            "shadows": {"public_id": beside(small.rollout.release, group)},
            "publishers": {"public_id": trusted(version.model.name)},
            "software": {"public_id": module().public_id},
            "telemetry/versions": {"public_id": version.public_id},
            "telemetry/devices": {"public_id": self.device.public_id},
        }

    def path(self, route: str) -> str:
        """Return the address of a route with the names of this world."""
        noun = route.removeprefix("api/v1/").split("/<")[0]
        return "/" + re.sub(
            r"<(?:\w+:)?(\w+)>", lambda found: str(self.names[noun][found[1]]), route
        )

    def endpoints(self, *methods: str) -> list[Endpoint]:
        """Return every endpoint of these methods."""
        return [
            Endpoint(method, self.path(route), route, view)
            for route, view in routes()
            for method in methods_of(view)
            if method in methods
        ]


def fingerprint() -> dict[str, str]:
    """Return a digest of every table: equal before and after, when nothing happened."""
    found = {}
    for model in apps.get_models():
        if model._meta.model_name not in BESIDE:
            rows = serializers.serialize("json", model._default_manager.order_by("pk"))
            found[model.__name__] = hashlib.sha256(rows.encode()).hexdigest()
    return found
