"""The chapters of the demonstration, in order. Each does one thing over REST, as CI or an operator
would.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from fleet.demo import agents, digits, tied
from fleet.demo.api import Api
from fleet.demo.chips import boards
from fleet.demo.run import DemoRun
from fleet.demo.service import Running, host_target
from fleet.demo.tables import build_table
from fleet.demo.waits import Waits, processor_seconds

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
    fleet: list[agents.DemoAgent]
    trainer: "subprocess.Popen[bytes]"
    run: DemoRun
    lock: int
    chips: list[boards.DemoBoard] = field(default_factory=list)
    firmware: "subprocess.Popen[bytes] | None" = None  # being compiled
    versions: dict[str, Any] = field(default_factory=dict)
    rollouts: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Tell one thing that is done."""
        self.console.print(f"  [green]✓[/] {text}")


def start_training(root: Path, folder: Path, lock: int) -> "subprocess.Popen[bytes]":
    """Write the data and start training what is not trained yet, while the service starts."""
    digits.write(folder / "data")
    argv = [sys.executable, "-m", "fleet.demo.train", str(folder / "data"), str(folder)]
    with (folder / "train.log").open("ab") as log:
        return subprocess.Popen(
            tied.command(*argv), cwd=root, stdout=log, stderr=log, pass_fds=(lock,)
        )


def push(story: Story) -> None:
    """Register the model, its datasets and each version as its training ends."""
    story.api.post("models/", name=MODEL, title="Handwritten digits, 8 x 8")
    datasets = {
        pipeline: {kind: _dataset(story, pipeline, kind) for kind in digits.KINDS}
        for pipeline in digits.PIPELINES
    }
    for label, how in digits.VERSIONS.items():
        metrics = trained(story, label)
        story.versions[label] = story.api.upload(
            f"models/{MODEL}/versions/",
            story.folder / f"digits-{label}.keras",
            label=label,
            datasets=json.dumps(datasets[how.pipeline]),
            metrics=json.dumps(metrics),
            lineage=json.dumps(
                {
                    "pipeline": how.pipeline,
                    "images": how.images,
                    "git_commit": story.run.commit,
                }
            ),
            class_names=json.dumps([str(digit) for digit in range(10)]),
        )
        story.say(f"{MODEL} {label} trained and pushed, {metrics['train_accuracy']:.1%}")


def trained(story: Story, label: str) -> dict[str, float]:
    """Wait until a version is trained, and return its metrics."""
    file = story.folder / f"digits-{label}.json"

    def ended() -> str:
        code = story.trainer.poll()
        return "" if code is None else f"it ended with code {code}; see {file.parent}/train.log"

    Waits(story.console, ended).until(
        f"training of {MODEL} {label}",
        lambda: (file.exists(), processor_seconds(story.trainer)),
        lambda seen: seen[0],
        tell=lambda seen: f"{seen[1]:.0f} s of processor time",
    )
    metrics: dict[str, float] = json.loads(file.read_text())
    return metrics


def _dataset(story: Story, pipeline: str, kind: str) -> str:
    path = story.folder / "data" / f"{pipeline}-{kind}.npz"
    row = story.api.upload("datasets/", path, name=f"digits-{pipeline}-{kind}", kind=kind)
    return str(row["id"])


def build(story: Story, label: str, targets: Any) -> list[Any]:
    """Ask for builds of a version and return their rows at once."""
    version = story.versions[label]["id"]
    path = f"models/{MODEL}/versions/{story.versions[label]['number']}/"
    what = f"admission of {MODEL} {label}"
    decided = story.api.until(path, lambda row: row["state"] != "pending", what=what)
    if decided["state"] != "admitted":
        raise SystemExit(f"{MODEL} {label} was rejected: {decided['reasons']}")
    asked = story.api.post("builds/", version=version, targets=targets)["builds"]
    return [one["build"] for one in asked]


def wait_for_builds(story: Story, label: str, rows: list[Any]) -> list[Any]:
    """Wait until every build ended, telling each stage. Ends the program if one did not succeed."""
    done = [
        story.api.until(
            f"builds/{row['id']}/",
            lambda answer: answer["state"] in FINISHED,
            what=f"build of {MODEL} {label} for {row['target']}",
            tell=lambda answer: str(answer["stage"] or "queued"),
        )
        for row in rows
    ]
    failed = [row for row in done if row["state"] != "succeeded"]
    if failed:
        raise SystemExit(f"{failed[0]['target']}: {failed[0]['failure']}")
    story.console.print(build_table(f"{MODEL} {label}", done))
    return done


def enrol(story: Story, children: Callable[[], Sequence[dict[str, object]]] = tuple) -> None:
    """Make one enrolment code a lot, enrol every agent with its own key, and start them.

    `children` gives the settings of the boards behind the last agent, which is their gateway.
    """
    target = host_target()
    images = story.folder / "data" / "field.f32"
    newcomers = [agent for agent in story.fleet if not agents.enrolled(agent, story.root)]
    codes = {
        lot: story.api.secret(
            "enrolment-codes/", name=f"lot {lot}", uses=n, labels={"lot": lot}, auto_accept=True
        )["code"]
        for lot, n in Counter(agent.lot for agent in newcomers).items()
    }
    for seed, agent in enumerate(story.fleet):
        agent.children = children() if agent is story.fleet[-1] else ()
        agents.prepare(agent, url=story.service.url, target=target, images=images, seed=seed)
        if agent in newcomers:
            with story.console.status(f"enrolling {agent.name}, lot {agent.lot} ..."):
                agents.enrol(agent, codes[agent.lot], story.root, story.api.waits)
        agents.start(agent, story.root, story.lock)
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
    return story.api.until(
        f"rollouts/{row['id']}/",
        lambda answer: answer["state"] in ENDED,
        what=f"rollout of {MODEL} {label}",
        tell=_waves,
    )


def _waves(answer: Any) -> str:
    parts = [
        f"wave {wave['index'] + 1} {wave['state']} {wave['counts']}"
        for wave in answer["progress"]["waves"]
    ]
    return f"{answer['state']}, " + ", ".join(parts)


def turn_the_gain(story: Story) -> Any:
    """Dim the cameras of one lot, and wait for the incident that names it."""
    for agent in story.fleet:
        if agent.lot == DRIFTING_LOT:
            agent.gain.write_text(DRIFTED_GAIN)
    for board in story.chips:
        if board.lot == DRIFTING_LOT:
            board.turn(float(DRIFTED_GAIN))
    api = story.api
    # The devices' visits are in it, because an incident takes reports, and reports move.
    return api.waits.until(
        f"an incident, as the cameras of lot {DRIFTING_LOT} got darker",
        lambda: (api.all("incidents/"), [row["last_seen_at"] for row in api.all("devices/")]),
        lambda seen: any(DRIFTING_LOT in str(row["cause"]) for row in seen[0]),
        tell=lambda seen: (
            f"{len(seen[1])} devices, the last seen at {max(map(str, seen[1]))[11:19]}"
        ),
    )[0]
