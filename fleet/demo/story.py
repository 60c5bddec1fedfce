"""The chapters of the demonstration, in order. Each does one thing over REST, as CI or an operator
would.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.status import Status

from fleet.demo import agents, digits
from fleet.demo.api import Api
from fleet.demo.service import Running, host_target
from fleet.demo.tables import build_table

MODEL: Final = "digits"
GROUP: Final = "cameras"
DRIFTING_LOT: Final = "B7"
DRIFTED_GAIN: Final = "0.45"  # what is left of the light
TARGETS: Final = ["cortex-m0plus", "cortex-m4f", "rv32imc", "linux-x86_64", "linux-aarch64"]
FINISHED: Final = frozenset({"succeeded", "failed", "refused"})
ENDED: Final = frozenset({"done", "rolled_back", "aborted", "paused"})
# Canary, a quarter, all; each wave is watched until the model's metrics have said yes or no.
POLICY: Final[dict[str, Any]] = {
    "waves": [{"share_percent": 20}, {"share_percent": 25}, {"share_percent": 100}],
    "soak_seconds": 2,
    "gates": ["telemetry"],
    "on_failure": "roll_back",
    "retry_seconds": 1,
}


@dataclass
class Story:
    """What the chapters share: the service, its API, the fleet, and the ids they made."""

    root: Path
    folder: Path
    service: Running
    api: Api
    console: Console
    fleet: list[agents.Agent]
    trainer: "subprocess.Popen[str] | None" = None
    versions: dict[str, Any] = field(default_factory=dict)
    rollouts: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Tell one thing that is done."""
        self.console.print(f"  [green]✓[/] {text}")

    def busy(self, text: str) -> Status:
        """Show that something is under way."""
        return self.console.status(text)


def start_training(root: Path, folder: Path) -> "subprocess.Popen[str]":
    """Write the data and start training both versions, while the service starts."""
    digits.write(folder / "data")
    argv = [sys.executable, "-m", "fleet.demo.train", str(folder / "data"), str(folder)]
    return subprocess.Popen(
        argv, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def push(story: Story) -> None:
    """Register the model, its datasets and each version as its training ends."""
    story.api.post("models/", name=MODEL, title="Handwritten digits, 8 x 8")
    datasets = {
        pipeline: {kind: _dataset(story, pipeline, kind) for kind in digits.KINDS}
        for pipeline in digits.PIPELINES
    }
    trainer = story.trainer
    if trainer is None or trainer.stdout is None:
        raise SystemExit("Training was not started.")
    for label, pipeline in digits.VERSIONS.items():
        with story.busy(f"training {MODEL} {label} ..."):
            line = trainer.stdout.readline()
        if not line:
            raise SystemExit("Training failed; run `python -m fleet.demo.train` to see why.")
        trained = json.loads(line)
        story.versions[label] = story.api.upload(
            f"models/{MODEL}/versions/",
            story.folder / f"digits-{label}.keras",
            label=label,
            datasets=json.dumps(datasets[pipeline]),
            metrics=json.dumps(trained["metrics"]),
            lineage=json.dumps({"pipeline": pipeline, "git_commit": _commit(story.root)}),
            class_names=json.dumps([str(digit) for digit in range(10)]),
        )
        story.say(f"{MODEL} {label} trained and pushed, {trained['metrics']['train_accuracy']:.1%}")


def _dataset(story: Story, pipeline: str, kind: str) -> str:
    path = story.folder / "data" / f"{pipeline}-{kind}.npz"
    row = story.api.upload("datasets/", path, name=f"digits-{pipeline}-{kind}", kind=kind)
    return str(row["id"])


def _commit(root: Path) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def build(story: Story, label: str, targets: Any) -> list[Any]:
    """Ask for builds of a version and return their rows at once."""
    version = story.versions[label]["id"]
    path = f"models/{MODEL}/versions/{story.versions[label]['number']}/"
    with story.busy(f"admission of {MODEL} {label} ..."):
        decided = story.api.until(
            path, lambda row: row["state"] != "pending", seconds=90, look=lambda _: None
        )
    if decided["state"] != "admitted":
        raise SystemExit(f"{MODEL} {label} was rejected: {decided['reasons']}")
    asked = story.api.post("builds/", version=version, targets=targets)["builds"]
    return [one["build"] for one in asked]


def wait_for_builds(story: Story, label: str, rows: list[Any]) -> list[Any]:
    """Wait until every build ended, telling each stage. Ends the program if one did not succeed."""
    done = []
    with story.busy(f"building {MODEL} {label} ...") as status:
        for row in rows:

            def look(answer: Any) -> None:
                status.update(
                    f"{MODEL} {label} for {answer['target']}: {answer['stage'] or 'queued'}"
                )

            done.append(
                story.api.until(
                    f"builds/{row['id']}/",
                    lambda answer: answer["state"] in FINISHED,
                    seconds=180,
                    look=look,
                )
            )
    failed = [row for row in done if row["state"] != "succeeded"]
    if failed:
        raise SystemExit(f"{failed[0]['target']}: {failed[0]['failure']}")
    story.console.print(build_table(f"{MODEL} {label}", done))
    return done


def enrol(story: Story) -> None:
    """Make one enrolment code a lot, enrol every agent with its own key, and start them."""
    target = host_target()
    images = story.folder / "data" / "field.f32"
    lots = Counter(agent.lot for agent in story.fleet)
    codes = {
        lot: story.api.post(
            "enrolment-codes/", name=f"lot {lot}", uses=n, labels={"lot": lot}, auto_accept=True
        )["code"]
        for lot, n in lots.items()
    }
    with story.busy("enrolling devices ...") as status:
        for seed, agent in enumerate(story.fleet):
            status.update(f"enrolling {agent.name}, lot {agent.lot} ...")
            agents.prepare(agent, url=story.service.url, target=target, images=images, seed=seed)
            agents.enrol(agent, codes[agent.lot], story.root)
            agents.start(agent, story.root)
    story.api.post("groups/", name=GROUP, query=f"target={target}")
    story.say(f"{len(story.fleet)} agents enrolled, each with a key of its own, on {target}")


def release(story: Story, label: str) -> str:
    """Draft, approve and publish a release of a version."""
    version = story.versions[label]["id"]
    row = story.api.post("releases/", version=version, notes=f"{MODEL} {label}")
    for step in ("approve", "publish"):
        story.api.post(f"releases/{row['id']}/{step}/")
    story.say(f"release of {MODEL} {label} passed its gates, approved and published")
    return str(row["id"])


def roll_out(story: Story, label: str, release_id: str) -> Any:
    """Roll a release out to the group and watch it until it ended."""
    row = story.api.post("rollouts/", release=release_id, group=GROUP, policy=POLICY)
    story.rollouts[label] = row["id"]
    story.api.post(f"rollouts/{row['id']}/start/")
    story.console.print(f"  watch it live: {story.service.url}/console/rollouts/{row['id']}")
    with story.busy("rolling out ...") as status:
        return story.api.until(
            f"rollouts/{row['id']}/",
            lambda answer: answer["state"] in ENDED,
            seconds=120,
            look=lambda answer: status.update(_waves(label, answer)),
        )


def _waves(label: str, answer: Any) -> str:
    parts = [
        f"wave {wave['index'] + 1} {wave['state']} {wave['counts']}"
        for wave in answer["progress"]["waves"]
    ]
    return f"{MODEL} {label} {answer['state']}: " + ", ".join(parts)


def turn_the_gain(story: Story) -> Any:
    """Dim the cameras of one lot, and wait for the incident that names it."""
    for agent in story.fleet:
        if agent.lot == DRIFTING_LOT:
            agent.gain.write_text(DRIFTED_GAIN)
    with story.busy(f"cameras of lot {DRIFTING_LOT} got darker; waiting for an incident ..."):
        return story.api.until(
            "incidents/",
            lambda answer: any(DRIFTING_LOT in str(row["cause"]) for row in answer["results"]),
            seconds=90,
            look=lambda _: None,
        )["results"]
