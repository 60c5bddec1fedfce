"""The commands: a noun's verbs stand in the file of its name.

A few are added to it from another: keys and tokens by `devices/device_keys` to `device` and
`group`, plans and reports by `releases/planning` to `rollout`, what people answer a rollout by
`releases/steps` to `rollout` and `release`, bundles by `releases/bundle` to `release`, and putting
away and deleting by `standing` to `model` and `dataset`.
"""

from fleet.cli.commands.alerts.destination import destination
from fleet.cli.commands.alerts.rule import rule
from fleet.cli.commands.audit import audit
from fleet.cli.commands.build import build
from fleet.cli.commands.devices.device_keys import device, group
from fleet.cli.commands.field.capture import capture
from fleet.cli.commands.field.labels import labels
from fleet.cli.commands.field.shadow import shadow
from fleet.cli.commands.incident import incident
from fleet.cli.commands.login import login, logout, whoami
from fleet.cli.commands.publisher import publisher
from fleet.cli.commands.registry.alias import alias
from fleet.cli.commands.registry.standing import dataset, model
from fleet.cli.commands.releases.bundle import verify_bundle
from fleet.cli.commands.releases.planning import policy
from fleet.cli.commands.releases.release import release
from fleet.cli.commands.releases.rollout import rollout
from fleet.cli.commands.releases.ship import ship
from fleet.cli.commands.releases.steps import check
from fleet.cli.commands.target import target
from fleet.cli.commands.token import token
from fleet.cli.complete import completion

GROUPS = (
    login,
    logout,
    whoami,
    ship,
    model,
    dataset,
    alias,
    target,
    build,
    release,
    verify_bundle,
    rollout,
    check,
    policy,
    device,
    group,
    incident,
    labels,
    shadow,
    capture,
    rule,
    destination,
    audit,
    token,
    publisher,
    completion,
)
