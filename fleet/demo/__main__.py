"""`make demo`: runs every chapter, prints the summary, then keeps serving unless `--once` is
given. Cut off at any moment, it goes on there when it is started again.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError
from typing import Final

from rich.console import Console

from fleet.demo import agents, story, summary
from fleet.demo.api import Api, CallRefused
from fleet.demo.chips import boards, gateway
from fleet.demo.run import DemoRun, alone, begun, commit_of
from fleet.demo.service import host_target, running
from fleet.demo.waits import Stopped, Waits
from fleet.settings.files import BASE_DIR, home

ROOT: Final = home(BASE_DIR)
HIGHLIGHT: Final = "bold cyan"


def main() -> int:
    """Return 0 when every line of the summary holds."""
    parser = argparse.ArgumentParser(description="The whole story, from data to a fleet and back.")
    parser.add_argument("--once", action="store_true", help="end after the summary")
    parser.add_argument("--fresh", action="store_true", help="begin anew, not where it was cut off")
    parser.add_argument("--bind", default="127.0.0.1:8000", help="where the service listens")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    folder = ROOT / "var" / "demo"
    try:
        with alone(folder, console) as lock:
            return demonstrate(folder, lock, console, options)
    except KeyboardInterrupt:
        return 0
    except CalledProcessError as error:
        said = f"{' '.join(error.cmd[-3:])} ended with code {error.returncode}: see above."
        console.print(f"{said} `make demo FRESH=1` begins anew.", style="red")
        return 1
    except Stopped as reason:
        console.print(f"{reason}\nStart it again, and it goes on from here.", style="red")
        return 1


def demonstrate(folder: Path, lock: int, console: Console, options: argparse.Namespace) -> int:
    """Tell one run of the story, or the rest of it; 0 when the summary holds."""
    run, goes_on = begun(folder, commit_of(ROOT), options.bind, fresh=options.fresh)
    began = time.monotonic()
    what = "goes on where it was cut off" if goes_on else "training, service and workers start"
    console.print(f"EdgeFleet: {what}", style=HIGHLIGHT)
    trainer = story.start_training(ROOT, folder, lock)
    fleet = agents.plan(folder / "devices")
    chips = boards.plan(folder / "boards", boards.engine())
    compiling = boards.start_firmware(folder, ROOT, lock, chips[0].engine) if chips else None
    try:
        with running(folder, options.bind, ROOT, console=console, login=run, lock=lock) as service:
            run.save(folder)  # its token
            waits = Waits(
                console, lambda: service.ended() or agents.ended(fleet) or boards.ended(chips)
            )
            api = Api(service.url, service.token, waits=waits, run=run.key)
            tale = story.Story(
                ROOT, folder, service, api, console, fleet, trainer, run, lock, chips, compiling
            )
            with told_once(run, folder):
                holds = tell(tale, began)
            if not options.once:
                console.print("Serving until Ctrl-C.", style=HIGHLIGHT)
                signal.pause()
            return 0 if holds else 1
    finally:
        trainer.kill()
        trainer.wait()
        agents.stop(fleet)
        boards.stop(chips)
        if compiling is not None:
            compiling.kill()
            compiling.wait()


@contextmanager
def told_once(run: DemoRun, folder: Path) -> Iterator[None]:
    """Note that the story is over, unless it was cut off: what came out badly comes out so again,
    and a new start is the better one.
    """
    try:
        yield
    except (KeyboardInterrupt, Stopped):
        raise
    except SystemExit as ending:
        run.over = isinstance(ending.code, str)
        raise
    except CallRefused as reason:
        run.over = True
        raise SystemExit(str(reason)) from None
    else:
        run.over = True
    finally:
        run.save(folder)


def tell(tale: story.Story, began: float) -> bool:
    """Tell the story chapter by chapter; True when the summary holds."""

    def chapter(title: str) -> None:
        tale.console.print(f"[{time.monotonic() - began:5.0f} s] {title}", style=HIGHLIGHT)

    chapter("Train and push: three versions with their datasets")
    story.push(tale)
    chapter("Build: quantise, compile, prove")
    own = {chip.engine.target for chip in tale.chips}
    good = story.build(tale, "1.0", [*story.TARGETS, *own])
    worse = {label: story.build(tale, label, [host_target()]) for label in ("1.1", "1.2")}
    story.enrol(tale, lambda: gateway.start_boards(tale))
    gateway.accept_children(tale)
    story.wait_for_builds(tale, "1.0", good)
    gateway.join(tale)
    chapter("Roll out 1.0: canary, 25 %, all")
    first = story.release(tale, "1.0")
    gateway.begin(tale, "1.0", first)
    ended = story.roll_out(tale, "1.0", first)
    tale.say(f"1.0 is {ended['state']}")
    gateway.finish(tale, "1.0")
    for label, rows in worse.items():
        chapter(f"Release {label}: it passes every gate at build time, and is worse in the field")
        story.wait_for_builds(tale, label, rows)
        ended = story.roll_out(tale, label, story.release(tale, label))
        tale.say(f"{label} is {ended['state']}: {ended['reason']}")
    chapter(f"The cameras of lot {story.DRIFTING_LOT} get darker")
    story.turn_the_gain(tale)
    found = summary.lines(tale)
    tale.console.print(summary.table(found, tale.service.url))
    tale.console.print(f"{time.monotonic() - began:.0f} s from start to summary")
    return all(line.holds for line in found)


if __name__ == "__main__":
    sys.exit(main())
