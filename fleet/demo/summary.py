"""The summary: every line is read back over REST and judged; one wrong line makes the
demonstration fail.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from fleet.demo.api import Api
from fleet.demo.chips.gateway import inferences
from fleet.demo.story import DRIFTING_LOT, MODEL, TARGETS, Story


@dataclass(frozen=True)
class Line:
    """One statement, whether it holds, and the page of the console that shows it."""

    text: str
    holds: bool
    link: str


def lines(story: Story) -> list[Line]:
    """Return what the service itself says about what happened."""
    return [
        _builds(story, story.versions["1.0"]),
        *_devices(story.api),
        *_boards(story),
        _rollout(story, "1.0", "done", "1.0 went to all by canary, 25 %, all"),
        _rollout(story, "1.1", "rolled_back", "1.1 is wrong more often, which no image tells"),
        _rollout(story, "1.2", "rolled_back", "1.2 meets images it was not trained for"),
        _incident(story),
        _audit(story.api),
    ]


def _builds(story: Story, version: Any) -> Line:
    rows = [row for row in story.api.all("builds/", version=version["id"]) if row["report"]]
    wanted = {*TARGETS, *(board.engine.target for board in story.chips)}
    equal = sorted({row["target"] for row in rows if row["report"]["proof"]["equal"]})
    text = f"{len(equal)} targets proved equal: {', '.join(equal)}"
    return Line(text, equal == sorted(wanted), f"models/{MODEL}/{version['number']}")


def _devices(api: Api) -> list[Line]:
    rows = api.all("devices/")
    runs = Counter(str(row["running"].get("version")) for row in rows)
    told = ", ".join(f"{version} on {count}" for version, count in sorted(runs.items()))
    whole = runs == {"1.0": len(rows)} and len(rows) > 0
    return [Line(f"{len(rows)} devices run {told}", whole, "devices")]


def _boards(story: Story) -> list[Line]:
    """Each board behind the gateway runs 1.0, reported, and is told to be what it is."""
    if not story.chips:
        return []
    names = {board.name for board in story.chips}
    rows = [row for row in story.api.all("devices/") if row["controller_id"] in names]
    windows = [inferences(story, name) for name in sorted(names)]
    runs = sum(row["running"].get("version") == "1.0" for row in rows)
    behind = next(iter({row["attributes"].get("gateway", "nobody") for row in rows}), "nobody")
    text = (
        f"{runs} boards behind {behind} run 1.0 and reported {sum(windows):,} inferences; they are "
        f"{story.chips[0].engine.title}"
    )
    whole = len(rows) == runs == len(names) and all(windows)
    return [Line(text, whole, "devices")]


def _rollout(story: Story, label: str, state: str, told: str) -> Line:
    row = story.api.get(f"rollouts/{story.rollouts[label]}/")
    why = f" ({row['reason']})" if row["reason"] else ""
    return Line(f"{told}: {row['state']}{why}", row["state"] == state, f"rollouts/{row['id']}")


def _incident(story: Story) -> Line:
    api = story.api
    lot = [row for row in api.all("devices/") if row["labels"].get("lot") == DRIFTING_LOT]
    boards = sum(row["attributes"].get("kind") == "microcontroller" for row in lot)
    rows = [row for row in api.all("incidents/") if row["state"] != "resolved"]
    drifts = [row for row in rows if DRIFTING_LOT in str(row["cause"])]
    whose = f"{len(lot) - boards} cameras and {boards} board"
    text = (
        f"{len(drifts)} drift incident, cause {drifts[0]['cause']}: {whose}"
        if drifts
        else "no incident"
    )
    link = f"incidents/{drifts[0]['id']}" if drifts else "incidents"
    return Line(text, len(drifts) == 1, link)


def _audit(api: Api) -> Line:
    verdict = api.get("audit/verify/")
    return Line(
        f"audit log of {verdict['entries']} entries, its chain whole",
        bool(verdict["whole"]),
        "records/access/auditentry/",
    )


def table(found: list[Line], url: str) -> Table:
    """Return the lines with a mark each and where to look."""
    shown = Table(title="What the service says, read back over REST", title_justify="left")
    shown.add_column("")
    shown.add_column("what")
    shown.add_column("where", overflow="fold")
    for line in found:
        mark = "[green]yes[/]" if line.holds else "[red]NO[/]"
        shown.add_row(mark, line.text, f"{url}/console/{line.link}")
    return shown
