"""A headless Chromium, and pages that remember every complaint and every request they made."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

# The browser's library runs an event loop in this thread, where Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests import personas  # noqa: E402
from tests.fleet.console import world as worlds  # noqa: E402

QUIET = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    " --disable-sync --no-first-run"
).split()
PATIENCE = 15_000  # milliseconds; a loaded machine is slow, not wrong


@dataclass
class Watched:
    """A page with what its console said and which hosts it asked."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, address: str) -> int:
        """Go to an address of the console, wait until it is quiet, return the status."""
        answer = self.page.goto(self.base + address, wait_until="load")
        self.page.wait_for_function("window.Alpine !== undefined")
        return int(answer.status)

    def hears(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{urlsplit(self.page.url).path}: {text}")

    def asks(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.append(url)


# Playwright keeps an event loop running in its thread, so it ends with each file.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Any, live_server: Any) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    seen = Watched(page, live_server.url)
    page.on("console", lambda message: seen.hears(message.type, message.text))
    page.on("pageerror", lambda error: seen.hears("error", str(error)))
    page.on("request", lambda request: seen.asks(request.url))
    yield seen
    context.close()


@pytest.fixture
def world(transactional_db: None, tmp_path: Path, settings: Any) -> worlds.World:
    del transactional_db
    settings.EDGEFLEET_KEY_DIR = tmp_path / "keys"
    settings.EDGEFLEET_WORK_DIR = tmp_path / "work"
    return worlds.make()


@pytest.fixture
def admin(watched: Watched, world: worlds.World) -> Watched:
    """A page of somebody who is signed in as the admin already."""
    del world
    cookies = personas.client("owner").cookies
    sign = {"name": "sessionid", "value": cookies["sessionid"].value, "url": watched.base}
    watched.page.context.add_cookies([sign])
    return watched
