"""`make demo`: runs every chapter, prints the summary, then keeps serving unless `--once` is
given.
"""

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from fleet.demo import agents, story, summary
from fleet.demo.api import Api
from fleet.demo.service import host_target, running

ROOT: Final = Path(__file__).resolve().parents[2]
HIGHLIGHT: Final = "bold cyan"


def main() -> int:
    """Return 0 when every line of the summary holds."""
    parser = argparse.ArgumentParser(description="The whole story, from data to a fleet and back.")
    parser.add_argument("--once", action="store_true", help="end after the summary")
    parser.add_argument("--bind", default="127.0.0.1:8000", help="where the service listens")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    folder = ROOT / "var" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    console.print("EdgeFleet: training, service and workers start", style=HIGHLIGHT)
    trainer = story.start_training(ROOT, folder)
    fleet = agents.plan(folder / "devices")
    try:
        with running(folder, options.bind, ROOT) as service:
            console.print(
                f"  console {service.url}/console/  user admin  password {service.password}"
            )
            api = Api(service.url, service.token)
            tale = story.Story(ROOT, folder, service, api, console, fleet, trainer)
            holds = tell(tale, began)
            if not options.once:
                console.print("Serving until Ctrl-C.", style=HIGHLIGHT)
                signal.pause()
            return 0 if holds else 1
    except KeyboardInterrupt:
        return 0
    finally:
        trainer.kill()
        agents.stop(fleet)


def tell(tale: story.Story, began: float) -> bool:
    """Tell the story chapter by chapter; True when the summary holds."""

    def chapter(title: str) -> None:
        tale.console.print(f"[{time.monotonic() - began:5.0f} s] {title}", style=HIGHLIGHT)

    chapter("Train and push: two versions with their datasets")
    story.push(tale)
    chapter("Build: quantise, compile, prove")
    good = story.build(tale, "1.0", story.TARGETS)
    bad = story.build(tale, "1.1", [host_target()])
    story.enrol(tale)
    story.wait_for_builds(tale, "1.0", good)
    chapter("Roll out 1.0: canary, 25 %, all")
    ended = story.roll_out(tale, "1.0", story.release(tale, "1.0"))
    tale.say(f"1.0 is {ended['state']}")
    chapter("Release 1.1: it passes every gate at build time, and is worse in the field")
    story.wait_for_builds(tale, "1.1", bad)
    ended = story.roll_out(tale, "1.1", story.release(tale, "1.1"))
    tale.say(f"1.1 is {ended['state']}: {ended['reason']}")
    chapter(f"The cameras of lot {story.DRIFTING_LOT} get darker")
    story.turn_the_gain(tale)
    found = summary.lines(tale)
    tale.console.print(summary.table(found, tale.service.url))
    tale.console.print(f"{time.monotonic() - began:.0f} s from start to summary")
    return all(line.holds for line in found)


if __name__ == "__main__":
    sys.exit(main())
