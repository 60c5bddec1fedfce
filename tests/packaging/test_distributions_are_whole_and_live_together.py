"""Source distributions and wheels hold the same, serve alone, and share an environment."""

import subprocess
import zipfile
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.packaging.conftest import SOURCES, Built
from tests.packaging.environment import Environment, uv
from tests.packaging.readme import ROOT
from tests.ports import free_port
from tests.waiting import until

# Of the folders that are distributions, too.
NOT_CODE: Final = {
    f"{folder}/{name}"
    for folder in ("device_agent", "fleet/cli")
    for name in ("pyproject.toml", "README.md")
}
PACKAGES: Final = ("fleet", "registry", "builds", "ota", "device_agent")

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("packaging")]


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def unpacked(built: Built, source: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    # The program: what Python's module wants to be told differs between 3.11.2 and 3.14.
    subprocess.run(["tar", "-xf", built.sdist(source), "-C", folder], check=True)
    (top,) = folder.iterdir()
    return top


@pytest.mark.parametrize("source", SOURCES)
def test_a_wheel_is_the_same_from_the_tree_and_from_the_source_distribution(
    built: Built, source: str, tmp_path: Path
) -> None:
    done = uv("build", "--wheel", "--out-dir", tmp_path, source, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (from_tree,) = tmp_path.glob("*.whl")
    assert names(from_tree) == names(built.wheel(source))


def test_no_file_of_the_service_is_left_out(built: Built, tmp_path: Path) -> None:
    top = unpacked(built, ".", tmp_path)
    inside = names(built.wheel("."))
    files = [path for package in PACKAGES for path in (top / package).rglob("*") if path.is_file()]
    assert len(files) > 600
    assert {str(path.relative_to(top)) for path in files} - NOT_CODE == inside
    assert (top / "manage.py").is_file()


def test_the_service_serves_by_manage_py_up_from_its_source_distribution(
    built: Built, tmp_path: Path
) -> None:
    top = unpacked(built, ".", tmp_path / "source")
    bind = f"127.0.0.1:{free_port()}"
    empty = Environment(tmp_path, {"EDGEFLEET_PUBLIC_URL": f"http://{bind}"})
    empty.install(built.sdist("."))
    with empty.running(f"python {top}/manage.py up --bind {bind}", tmp_path / "log") as process:

        def answers() -> bool:
            try:
                return httpx.get(f"http://{bind}/readyz", timeout=60).is_success
            except httpx.TransportError:
                return False

        until(answers, "the service is ready", process=process, log=tmp_path / "log")
        page = httpx.get(f"http://{bind}/console/login/", follow_redirects=True, timeout=60)
        assert page.is_success
        style = httpx.get(f"http://{bind}/static/console/console.css", timeout=60)
        assert style.is_success
    assert (top / "var" / "db.sqlite3").is_file()


@pytest.mark.parametrize(
    "order", [(".", "./fleet/cli", "./device_agent"), ("./device_agent", "./fleet/cli", ".")]
)
def test_the_three_live_in_one_environment(
    built: Built, tmp_path: Path, order: tuple[str, ...]
) -> None:
    shared = Environment(tmp_path)
    for source in order:
        shared.install(built.wheel(source))
    for program in ("edgefleet --version", "edgefleet-agent --version", "edgefleet-service check"):
        shared.run(program)
    removed = uv("pip", "uninstall", "--python", shared.root / "bin" / "python", "edgefleet-cli")
    assert removed.returncode == 0, removed.stderr
    shared.run("edgefleet-service check")


def test_command_line_and_agent_install_from_their_source_distributions(
    built: Built, tmp_path: Path
) -> None:
    alone = Environment(tmp_path)
    alone.install(built.sdist("./fleet/cli"))
    alone.install(built.sdist("./device_agent"))
    assert "0." in alone.run("edgefleet --version").stdout
    assert "0." in alone.run("edgefleet-agent --version").stdout
    said = alone.run("edgefleet whoami", good=False)
    assert (said.returncode, "edgefleet login" in said.stderr) == (2, True)
