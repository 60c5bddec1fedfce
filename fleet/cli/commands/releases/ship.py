"""`edgefleet ship`: from a trained file to devices, in one line, each step as its own command does.

What is there already is used: the model, equal datasets, equal builds. A step that a person has to
do, such as another one's approval, ends the command with the line that goes on from there.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import complete
from fleet.cli.commands.build import SUCCEEDED, watched
from fleet.cli.commands.registry.model import REJECTED, datasets, settled
from fleet.cli.commands.releases.rollout import FACTS
from fleet.cli.commands.releases.rollout import watched as rollout_watched
from fleet.cli.errors import FailedOutcome, RequestRefused
from fleet.cli.files import upload
from fleet.cli.output import pick
from fleet.cli.rest.transfer import readable
from fleet.cli.session import Session, output_options
from fleet.cli.watching import DAY_SECONDS

NOT_FOUND: Final = "not_found"
DRAFT: Final = "draft"
DONE: Final = "done"
PATH: Final = click.Path(path_type=Path)


@click.command("ship")
@click.argument("file", type=PATH)
@click.option(
    "--group", "to", required=True, help="Whom it goes to.", shell_complete=complete.groups
)
@click.option("--model", help="Default: the file's name without its ending.")
@click.option("--label", help="The name of the version, such as 1.0; default: its number.")
@click.option(
    "--calibration", help="A dataset's id (dst_…), or a .npz file; a float model needs it."
)
@click.option("--evaluation", help="As above, with labels.")
@click.option("--reference", help="As above; drift is measured against it.")
@click.option("--policy", help="The name of a policy; default: canary.")
@click.option("--notes", default="", help="What changed, for those who approve.")
@click.option("--wait/--no-wait", default=True, help="Follow the rollout until it has ended.")
@output_options
@click.pass_obj
def ship(
    session: Session, /, file: Path, to: str, model: str | None, label: str | None,
    policy: str | None, notes: str, *, wait: bool, **sets: str | None,
) -> None:  # fmt: skip
    """Push FILE, build it for the targets of a group, release it, and roll it out."""
    readable(file)
    name = model or file.stem
    targets = _targets(session, to)
    version = _push(session, name, file, label, sets)
    reference = f"{name}:{version['label'] or version['number']}"
    _build(session, version, targets)
    release = session.client.post("releases/", {"version": version["id"], "notes": notes})
    _publish(session, release, reference, to)
    body = {"release": release["id"], "group": to} | ({"policy_name": policy} if policy else {})
    rollout = session.client.post("rollouts/", body)
    rollout = session.client.post(f"rollouts/{rollout['id']}/start/")
    session.output.note(f"rollout {rollout['id']} to {to}: started")
    if wait:
        rollout = rollout_watched(session, rollout["id"], DAY_SECONDS)
    session.output.one(rollout, FACTS)
    if wait and rollout["state"] != DONE:
        raise FailedOutcome(
            f"The rollout ended {rollout['state']}: {rollout.get('reason') or 'by hand'}"
        )


def _targets(session: Session, group: str) -> list[str]:
    """Return the targets of a group's accepted devices. Raises RequestRefused for an empty one."""
    described = session.client.get(f"groups/{group}/")
    if described["query"]:
        found: Iterable[str] = session.client.get("group-preview/", query=described["query"])[
            "targets"
        ]
    else:
        found = {row["target"] for row in session.client.pages(f"groups/{group}/members/")}
    targets = sorted(found)
    if not targets:
        raise RequestRefused(f"The group {group} has no accepted device, so there is no target.")
    session.output.note(f"{group}: {', '.join(targets)}")
    return targets


def _push(
    session: Session, name: str, file: Path, label: str | None, sets: dict[str, str | None]
) -> Any:

    try:
        session.client.get(f"models/{name}/")
    except RequestRefused as error:
        if error.code != NOT_FOUND:
            raise
        session.client.post("models/", {"name": name})
        session.output.note(f"model {name}: made")
    given = json.dumps(datasets(session, f"{name}-{label or file.stem}", sets))
    fields = {"label": label or "", "datasets": given if given != "{}" else ""}
    known = {field: text for field, text in fields.items() if text}
    version = settled(session, name, upload(session, f"models/{name}/versions/", file, known))
    if version["state"] == REJECTED:
        raise FailedOutcome(f"The version was rejected: {' '.join(version['reasons'])}")
    return version


def _build(session: Session, version: Any, targets: list[str]) -> None:
    asked = {"version": version["id"], "targets": targets}
    made = [item["build"]["id"] for item in session.client.post("builds/", asked)["builds"]]
    done = watched(session, made, DAY_SECONDS)
    bad = [item for item in done if item["state"] != SUCCEEDED]
    if bad:
        reasons = "; ".join(f"{item['target']}: {pick(item, 'failure')}" for item in bad)
        raise FailedOutcome(f"{len(bad)} of {len(done)} builds did not succeed: {reasons}")


def _publish(session: Session, release: Any, reference: str, group: str) -> None:
    """Approve and publish; where that is another person's, say how it goes on."""
    path = f"releases/{release['id']}"
    try:
        state = session.client.post(f"{path}/approve/", {"remark": "edgefleet ship"})["state"]
        if state != DRAFT:
            session.client.post(f"{path}/publish/")
            return
        reason = "More approvals are needed."
    except RequestRefused as error:
        reason = str(error)
    raise FailedOutcome(
        f"The release of {reference} is drafted and waits: {reason} Then run `edgefleet release "
        f"publish {reference}` and `edgefleet rollout start {reference} {group}`."
    )
