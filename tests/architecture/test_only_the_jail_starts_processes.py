"""What starts a process is counted on one hand, each with its reason; all else goes through the
jail, so that nobody opens a stranger's file in a process that holds secrets.
"""

import ast
from collections.abc import Iterator

from tests.architecture.shape import Source, sources

MODULES = frozenset({"subprocess", "multiprocessing", "pty", "concurrent.futures.process"})
CALLS = frozenset(
    {"fork", "forkpty", "system", "popen", "posix_spawn", "posix_spawnp", "startfile"}
    | {f"{kind}{form}" for kind in ("exec", "spawn") for form in ("l", "v", "le", "ve", "lp", "vp")}
    | {"execlpe", "execvpe", "spawnlpe", "spawnvpe", "ProcessPoolExecutor"}
    | {"create_subprocess_exec", "create_subprocess_shell"}
)
HOLDERS = frozenset({"os", "posix", "asyncio", "concurrent.futures", "futures"})
MAY = {
    "fleet/lib/jail/__init__.py": "the jail",
    "fleet/lib/jail/pump.py": "the jail: it ends the child that it reads",
    "fleet/lib/confine/launcher.py": "the jail: the processes around the command, and its start",
    "builds/management/commands/converters.py": "environments of converters, from our own locks",
    "builds/toolchain/plain.py": "a developer's machine without any jail; no service gets there",
    "builds/verify/children/tflm.py": "in the jail: copies of itself find the inputs that end it",
    "builds/verify/children/explore.py": "in the jail: a copy of itself tries what may end it",
    "fleet/service/supervisor.py": "the service's own processes, from our own words",
    "fleet/management/commands/signer.py": "becomes the signer, from our own words",
    "fleet/demo/__main__.py": "the demonstration: our own commands",
    "fleet/demo/run.py": "the demonstration: our own processes",
    "fleet/demo/service.py": "the demonstration: our own service",
    "fleet/demo/tied.py": "the demonstration: becomes our own process, and ends with its parent",
    "fleet/demo/agents.py": "the demonstration: our own agents",
    "fleet/demo/chips/boards.py": "the demonstration: our own firmware",
    "fleet/demo/story.py": "the demonstration: our own training",
    "device_agent/model/challenger.py": "the agent: a signed model beside the one that runs",
    "device_agent/update/prover.py": "the agent: a model that its fleet has signed, on the device",
    "device_agent/update/repository.py": "the agent: the update client beside it, our own words",
}


def starters(source: Source) -> Iterator[str]:
    """The words by which a file can start a process."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in MODULES)
            case ast.ImportFrom(module=module, names=names):
                yield from ([str(module)] if module in MODULES else [])
                said = [alias.name for alias in names if alias.name in CALLS]
                yield from (said if module in HOLDERS else [])
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                yield from ([name] if name in CALLS and module in HOLDERS else [])
            case _:
                pass


def test_nothing_but_the_jail_and_a_short_list_starts_processes() -> None:
    found = {source.name: sorted(set(starters(source))) for source in sources()}
    assert {name: words for name, words in found.items() if words and name not in MAY} == {}


def test_every_exception_is_still_one() -> None:
    found = {source.name for source in sources() if any(starters(source))}
    assert sorted(set(MAY) - found) == []


def test_the_search_finds_what_starts_processes() -> None:
    text = "import subprocess\nimport os\nos.fork()\nfrom os import execve\nos.path.join()"
    source = Source(path=sources()[0].path, text=text, tree=ast.parse(text))
    assert sorted(starters(source)) == ["execve", "fork", "subprocess"]
