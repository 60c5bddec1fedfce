"""The summary: every line is read back over REST and judged; one wrong line makes the
demonstration fail.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from fleet.demo.api import Api
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
        _builds(story.api, story.versions["1.0"]),
        *_devices(story.api),
        _rollout(story, "1.0", "done", "1.0 went to all by canary, 25 %, all"),
        _rollout(story, "1.1", "rolled_back", "1.1 is wrong more often, which no image tells"),
        _rollout(story, "1.2", "rolled_back", "1.2 meets images it was not trained for"),
        _incident(story.api),
        _audit(story.api),
    ]


def _builds(api: Api, version: Any) -> Line:
    rows = [row for row in api.all("builds/", version=version["id"]) if row["report"]]
    equal = sorted({row["target"] for row in rows if row["report"]["proof"]["equal"]})
    text = f"{len(equal)} targets proved equal: {', '.join(equal)}"
    return Line(text, equal == sorted(TARGETS), f"models/{MODEL}/{version['number']}")


def _devices(api: Api) -> list[Line]:
    rows = api.all("devices/")
    runs = Counter(str(row["running"].get("version")) for row in rows)
    told = ", ".join(f"{version} on {count}" for version, count in sorted(runs.items()))
    whole = runs == {"1.0": len(rows)} and len(rows) > 0
    return [Line(f"{len(rows)} devices run {told}", whole, "devices")]


def _rollout(story: Story, label: str, state: str, told: str) -> Line:
    row = story.api.get(f"rollouts/{story.rollouts[label]}/")
    why = f" ({row['reason']})" if row["reason"] else ""
    return Line(f"{told}: {row['state']}{why}", row["state"] == state, f"rollouts/{row['id']}")


def _incident(api: Api) -> Line:
    rows = [row for row in api.all("incidents/") if row["state"] != "resolved"]
    drifts = [row for row in rows if DRIFTING_LOT in str(row["cause"])]
    text = f"{len(drifts)} drift incident, cause {drifts[0]['cause']}" if drifts else "no incident"
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
