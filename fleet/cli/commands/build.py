"""`edgefleet build`: from a version to signed files for targets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from fleet.cli import references
from fleet.cli.errors import FailedOutcome
from fleet.cli.files import fetch
from fleet.cli.output import pick
from fleet.cli.rest.transfer import safe_name
from fleet.cli.session import Session, verb
from fleet.cli.watching import DAY_SECONDS, follow

COLUMNS: Final = {
    "ID": "id",
    "MODEL": "model",
    "VERSION": "version_label",
    "TARGET": "target",
    "STATE": "state",
    "STAGE": "stage",
    "FLASH": "report.flash_bytes.total",
    "RAM": "report.ram_bytes.total",
    "PROVED": "report.proof.equal",
    "FAILURE": "failure",
}
FACTS: Final = (
    "id", "model", "version", "version_label", "target", "recipe", "state", "stage", "failure",
    "report.flash_bytes", "report.ram_bytes", "report.instructions", "report.proof",
    "report.arithmetic.used", "report.coverage.marks", "report.coverage.values",
    "requested_by", "created_at", "finished_at",
)  # fmt: skip
ARTIFACT_COLUMNS: Final = {
    "FILE": "filename",
    "KIND": "kind",
    "BYTES": "size_bytes",
    "SHA256": "sha256",
}
RUNNING: Final = frozenset({"queued", "running"})
SUCCEEDED: Final = "succeeded"
limit_option = click.option("--timeout", type=float, default=DAY_SECONDS, help="Seconds to wait.")


@click.group()
def build() -> None:
    """Builds: one compile of a version for a target."""


@verb(build, "start")
@click.argument("version")
@click.option("--target", "targets", multiple=True, help="Repeat for several; default: all.")
@click.option("--optimise", type=click.Choice(("size", "balanced", "speed")), default="balanced")
@click.option(
    "--weights", type=click.Choice(("together", "apart")), default="together",
    help="Apart: code that takes the weights of any training of the network.",
)  # fmt: skip
@click.option(
    "--arithmetic", type=click.Choice(("refuse", "tflm", "litert")), default="refuse",
    help="Whose integers, where TFLM leaves the real numbers further than by rounding.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Build again although the same build is there.")
@click.option("--wait/--no-wait", default=True, help="Wait until all have ended.")
@limit_option
def start(
    session: Session, version: str, targets: tuple[str, ...], optimise: str, weights: str,
    arithmetic: str, timeout: float, *, force: bool, wait: bool,
) -> None:  # fmt: skip
    """Build VERSION; an equal build that is there already is reused."""
    body = {
        "version": references.version_id(session.client, version),
        "targets": list(targets) or "all",
        "optimise": optimise,
        "weights": weights,
        "arithmetic": arithmetic,
        "force": force,
    }
    made = [item["build"] for item in session.client.post("builds/", body)["builds"]]
    if wait:
        made = watched(session, [item["id"] for item in made], timeout)
    session.output.rows(made, COLUMNS)
    _require_success(made)


@verb(build, "list")
@click.option("--version", help="A public id (ver_…).")
@click.option("--target")
@click.option("--state")
def list_all(session: Session, **filters: str | None) -> None:
    """List builds, the newest first."""
    session.output.rows(session.client.pages("builds/", **filters), COLUMNS)


@verb(build, "show")
@click.argument("build_id")
def show(session: Session, build_id: str) -> None:
    """Show one build."""
    session.output.one(session.client.get(f"builds/{build_id}/"), FACTS)


@verb(build, "watch")
@click.argument("build_ids", nargs=-1, required=True)
@limit_option
def watch(session: Session, build_ids: tuple[str, ...], timeout: float) -> None:
    """Follow builds until they have ended; exit 1 when one did not succeed."""
    done = watched(session, build_ids, timeout)
    session.output.rows(done, COLUMNS)
    _require_success(done)


@verb(build, "download")
@click.argument("build_id")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help="A folder.")
@click.option("--kind", help="Only one kind, such as library.")
def download(session: Session, build_id: str, out: Path, kind: str | None) -> None:
    """Download the files of a build and check their digests."""
    files = list(session.client.pages(f"builds/{build_id}/artifacts/"))
    wanted = [file for file in files if kind in (None, file["kind"])]
    if not wanted:
        raise FailedOutcome(f"Build {build_id} has no such file.")
    out.mkdir(parents=True, exist_ok=True)
    for file in wanted:
        path = out / safe_name(file["filename"])
        fetch(session, f"artifacts/{file['id']}/download/", path, file["sha256"])
    session.output.rows(wanted, ARTIFACT_COLUMNS)


def watched(session: Session, build_ids: Sequence[str], limit: float) -> list[Any]:
    """Return the builds once all have ended."""

    def fetch() -> list[Any]:
        return [session.client.get(f"builds/{build_id}/") for build_id in build_ids]

    done: list[Any] = follow(
        session,
        fetch,
        line=lambda found: "; ".join(_line(item) for item in found),
        is_over=lambda found: all(item["state"] not in RUNNING for item in found),
        limit=limit,
    )
    return done


def _line(found: Any) -> str:
    stage = f" ({found['stage']})" if found["state"] == "running" and found.get("stage") else ""
    return f"{found['target']} {found['state']}{stage}"


def _require_success(builds: Sequence[Any]) -> None:
    bad = [item for item in builds if item["state"] not in RUNNING | {SUCCEEDED}]
    if bad:
        reasons = "; ".join(
            f"{item['target']}: {pick(item, 'failure') or item['state']}" for item in bad
        )
        raise FailedOutcome(f"{len(bad)} of {len(builds)} builds did not succeed: {reasons}")
