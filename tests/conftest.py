"""What every suite shares: pure folders refuse the database, and CI refuses to skip for a missing
tool.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
PURE = frozenset(
    {
        "builds/compiler",
        "builds/export",
        "builds/image",
        "builds/targets",
        "builds/toolchain",
        "builds/verify",
        "contract",
        "device_agent",
        "fleet/lib/jail",
        "fleet/telemetry/drift",
        "ota/engine",
    }
)

# CI draws the same examples each time, so that it judges the change and not the dice. What new
# examples find is found where people work.
settings.register_profile(
    "default",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
# For files that ran with the default already, and run again on another server.
settings.register_profile("again", settings.get_profile("default"), max_examples=8)
settings.load_profile("default")


@pytest.fixture(scope="session", autouse=True)
def _nobody_waits_for_the_disk() -> Generator[None]:
    """Durability is tested on processes of their own and on simulated media."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda descriptor: None)
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot do, whatever is installed.

    Refuse the database where only pure code belongs: such a test would hide a wrong arrow.
    """
    impossible = [item for item in items if not _possible(item)]
    if impossible:
        config.hook.pytest_deselected(items=impossible)
        items[:] = [item for item in items if item not in impossible]
    for item in items:
        folders = {str(folder) for folder in item.path.relative_to(TESTS).parents}
        names: list[str] = getattr(item, "fixturenames", [])
        wants = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(names)
        if PURE & folders and wants:
            message = f"{item.nodeid} asks for the database in a pure suite"
            raise pytest.UsageError(message)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to spread a group over workers: xdist names groups in the ids of tests."""
    if session.config.getoption("loadgroup", default=False):
        for item in session.items:
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
                raise pytest.UsageError(f"{item.nodeid} is in a group, and xdist does not see it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a missing tool is a failure, not a skip: a green run must have run everything."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"CI may not skip: {report.longrepr}"
    return report


def _possible(item: pytest.Item) -> bool:
    return all(mark.args[0] for mark in item.iter_markers("only_where"))
