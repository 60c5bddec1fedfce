"""The chapters about microcontrollers: two boards behind a camera that is a gateway, too."""

from collections.abc import Sequence
from typing import Any, Final

from fleet.demo.api import CallRefused
from fleet.demo.chips import boards
from fleet.demo.story import ENDED, MODEL, Story
from fleet.demo.waits import Waits, processor_seconds

GROUP: Final = "boards"
# One board first, then both. A handful of boards has no past to be compared with: no gate.
POLICY: Final[dict[str, Any]] = {
    "waves": [{"share_percent": 50}, {"share_percent": 100}],
    "soak_seconds": 1,
    "gates": [],
    "on_failure": "roll_back",
    "retry_seconds": 1,
}


def start_boards(story: Story) -> Sequence[dict[str, object]]:
    """Start the boards, and return what their gateway's settings say of them."""
    if not story.chips:
        return ()
    _wait_for_firmware(story)
    images = story.folder / "data" / "field.f32"
    for board in story.chips:
        boards.prepare(board, images)
        program = boards.firmware(story.folder)
        boards.start(board, program, story.root, story.lock, story.api.waits)
    return [board.child() for board in story.chips]


def accept_children(story: Story) -> None:
    """Let all boards take part that the gateway finds on its lines."""
    if story.chips:
        story.api.post(f"devices/{_gateway(story)['id']}/accept-children/")


def join(story: Story) -> None:
    """Wait until every board is a device behind its gateway, and give each its lot."""
    if not story.chips:
        story.say("no boards: neither qemu-system-arm nor Linux on x86-64 is here")
        return
    gateway, parent = story.fleet[-1].name, _gateway(story)["id"]
    names = {board.name for board in story.chips}
    rows = story.api.waits.until(
        f"boards behind {gateway}",
        lambda: story.api.all("devices/", behind=parent),
        lambda seen: {row["controller_id"] for row in seen} == names,
        tell=lambda seen: f"{len(seen)} of {len(names)}",
    )
    lots = {board.name: board.lot for board in story.chips}
    for row in rows:
        labels = row["labels"] | {"lot": lots[row["controller_id"]]}
        story.api.call("PATCH", f"devices/{row['id']}/", json={"labels": labels})
    target = story.chips[0].engine.target
    story.api.post("groups/", name=GROUP, query=f"target={target}")
    title = story.chips[0].engine.title
    story.say(f"{len(names)} boards joined behind {gateway}, each with its key: {title}")


def begin(story: Story, label: str, release_id: str) -> None:
    """Begin to roll a release out to the boards."""
    if story.chips:
        row = story.api.post("rollouts/", release=release_id, group=GROUP, policy=POLICY)
        story.rollouts[f"{label} {GROUP}"] = row["id"]
        story.api.post(f"rollouts/{row['id']}/start/")


def finish(story: Story, label: str) -> None:
    """Wait until the boards' rollout ended."""
    if story.chips:
        path = f"rollouts/{story.rollouts[f'{label} {GROUP}']}/"
        what = f"rollout of {MODEL} {label} to the boards"
        ended = story.api.until(path, lambda answer: answer["state"] in ENDED, what=what)
        story.say(f"{label} on the boards is {ended['state']}")
        names = {board.name for board in story.chips}
        story.api.waits.until(
            "windows of the boards",
            lambda: {name: inferences(story, name) for name in sorted(names)},
            lambda seen: all(seen.values()),
        )


def inferences(story: Story, name: str) -> int:
    """Return how many inferences a board has reported in the window that is looked at."""
    row = _row(story, name)
    try:
        return int(story.api.get(f"telemetry/devices/{row['id']}/")["samples"])
    except CallRefused:  # nothing yet
        return 0


def _gateway(story: Story) -> Any:
    return _row(story, story.fleet[-1].name)


def _row(story: Story, name: str) -> Any:
    return next(row for row in story.api.all("devices/") if row["controller_id"] == name)


def _wait_for_firmware(story: Story) -> None:
    process = story.firmware
    if process is None:
        return
    Waits(story.console).until(
        "the boards' firmware is compiled",
        lambda: (process.poll(), processor_seconds(process)),
        lambda seen: seen[0] is not None,
        tell=lambda seen: f"{seen[1]:.0f} s of processor time",
    )
    if process.returncode:
        log = story.folder / "firmware.log"
        raise SystemExit(f"The boards' firmware was not compiled; see {log}")
