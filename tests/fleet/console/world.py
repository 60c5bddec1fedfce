"""One small fleet with something on every page."""

from dataclasses import dataclass

from builds.models import Build
from fleet.devices.models import Device
from fleet.lib import clock
from fleet.telemetry.alerts import rules
from fleet.telemetry.field.capture import acts
from fleet.telemetry.models import (
    AlertRule,
    BacktestRun,
    CaptureRequest,
    Delivery,
    Destination,
    Incident,
)
from fleet.telemetry.monitor.notifications import destinations
from ota import services
from ota.models import Rollout
from registry.models import ModelVersion, Run
from registry.tracking import experiments, runs
from tests.ota import makers
from tests.personas import SYSTEM


@dataclass(frozen=True)
class World:
    """What the pages show."""

    version: ModelVersion
    build: Build
    device: Device
    rollout: Rollout
    incident: Incident
    rule: AlertRule
    backtest: BacktestRun
    destination: Destination
    delivery: Delivery
    capture: CaptureRequest
    run: Run

    def pages(self) -> dict[str, str]:
        """Return every page's address with the right that it needs."""
        model = f"/console/models/{self.version.model.name}"
        return {
            "/console/": "devices_read",
            "/console/models": "registry_read",
            model: "registry_read",
            f"{model}/{self.version.number}": "registry_read",
            f"{model}/{self.version.number}/drift": "telemetry_read",
            f"/console/runs/{self.run.public_id}": "registry_read",
            f"{model}/standing": "registry_read",
            f"{model}/{self.version.number}/standing": "registry_read",
            "/console/uploads/version": "registry_read",
            "/console/uploads/dataset": "registry_read",
            "/console/datasets": "registry_read",
            "/console/deleted": "registry_read",
            "/console/tokens": "access_tokens",
            "/console/builds": "builds_read",
            f"/console/builds/{self.build.public_id}": "builds_read",
            "/console/devices": "devices_read",
            f"/console/devices/{self.device.public_id}": "devices_read",
            "/console/devices/codes": "devices_read",
            "/console/devices/groups": "devices_read",
            f"/console/devices/groups/of/{self.rollout.group.name}": "devices_read",
            "/console/devices/register": "devices_read",
            "/console/releases": "ota_read",
            f"/console/releases/{self.rollout.release.public_id}": "ota_read",
            "/console/software": "ota_read",
            "/console/rollouts": "ota_read",
            "/console/rollouts/new": "ota_read",
            f"/console/rollouts/{self.rollout.public_id}": "ota_read",
            f"/console/rollouts/{self.rollout.public_id}/report": "ota_read",
            "/console/policies": "ota_read",
            "/console/policies/new": "ota_read",
            "/console/policies/of/steady": "ota_read",
            "/console/incidents": "telemetry_read",
            f"/console/incidents/{self.incident.public_id}": "telemetry_read",
            "/console/captures": "telemetry_read",
            f"/console/captures/{self.capture.public_id}": "telemetry_read",
            "/console/rules": "telemetry_read",
            "/console/rules/new": "telemetry_read",
            f"/console/rules/{self.rule.public_id}": "telemetry_read",
            f"/console/rules/backtests/{self.backtest.public_id}": "telemetry_read",
            "/console/notifications": "telemetry_read",
            f"/console/notifications/{self.destination.public_id}": "telemetry_read",
            "/console/trust": "ota_read",
            "/console/manual": "registry_read",
            "/console/manual/decisions/0001-console-pages-and-records": "registry_read",
        }

    def more_pages(self) -> list[str]:
        """Return addresses that say with a query what they show."""
        model = f"/console/models/{self.version.model.name}"
        group = self.rollout.group.name
        return [
            f"{model}/{self.version.number}/compare?with={self.version.label}",
            f"{model}/compare?versions={self.version.number}&versions={self.version.label}&all",
            f"/console/rollouts/new?group={group}&policy=steady",
            "/console/devices?q=lot%3DB7",
            "/console/devices?shared",
            f"/console/captures/new?incident={self.incident.public_id}",
            f"/console/captures/new?version={self.version.public_id}",
        ]


def make() -> World:
    """Return a fleet of three devices with a running rollout and an incident."""
    release = makers.release("1.0")
    devices = makers.devices(3)
    rollout = makers.rollout(release, makers.group(devices))
    services.rollouts_tick()
    now = clock.now()
    incident = Incident.objects.create(
        version=release.model_version,
        level="label",
        cause="lot=B7",
        severity="warning",
        summary="mean moved",
        evidence={
            "findings": [{"name": "mean", "psi": 0.42, "p": 1e-9}],
            "devices": [devices[0].public_id],
        },
        since=now,
        last_seen_at=now,
    )
    build = Build.objects.get(version=release.model_version)
    hook, _ = destinations.destination_create(
        name="pipeline", kind="webhook", address="https://hooks.example.com/x", by=SYSTEM
    )
    return World(
        release.model_version,
        build,
        devices[0],
        rollout,
        incident,
        rules.rule_create(
            name="drift", terms={"actions": [f"webhook:{hook.public_id}"]}, by=SYSTEM
        ),
        rules.backtest_start(terms={}, by=SYSTEM),
        hook,
        destinations.destination_test(destination=hook, by=SYSTEM),
        acts.capture_ask(
            version=release.model_version,
            incident=incident,
            by=SYSTEM,
            reason="what the dark images look like",
            samples=50,
            bytes_max=65_536,
            hours=24,
        ),
        runs.run_create(
            experiment=experiments.experiment_named("Default"),
            name="first",
            tags={},
            started_ms=None,
            by=SYSTEM,
        ),
    )
