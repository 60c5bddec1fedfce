"""The commands, one file per noun.

`device` and `group` come from `device_keys`, which adds the verbs for keys and tokens to them;
`releases/planning.py` adds `plan` and `report` to `rollout`, and `standing` those that put away and
delete to `model` and `dataset`.
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
