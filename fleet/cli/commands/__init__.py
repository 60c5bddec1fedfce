"""The commands, one file per noun."""

from fleet.cli.commands.alerts.destination import destination
from fleet.cli.commands.alerts.rule import rule
from fleet.cli.commands.alias import alias
from fleet.cli.commands.audit import audit
from fleet.cli.commands.build import build
from fleet.cli.commands.dataset import dataset
from fleet.cli.commands.device_keys import device, group
from fleet.cli.commands.field.capture import capture
from fleet.cli.commands.field.labels import labels
from fleet.cli.commands.field.shadow import shadow
from fleet.cli.commands.incident import incident
from fleet.cli.commands.login import login, logout, whoami
from fleet.cli.commands.model import model
from fleet.cli.commands.release import release
from fleet.cli.commands.rollout import rollout
from fleet.cli.commands.target import target
from fleet.cli.commands.token import token

GROUPS = (
    login,
    logout,
    whoami,
    model,
    dataset,
    alias,
    target,
    build,
    release,
    rollout,
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
)
