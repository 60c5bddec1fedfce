"""Rules 12, 19 and 20: every end has its other end, and addresses that others know stay."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec

from tests.architecture.house import read
from tests.architecture.shape import PACKAGES, ROOT, sources

SALTS = {
    "fleet/access/rules/token_secret.py": ['"fleet.access.token"'],
    "fleet/devices/keys/session_token.py": ['"fleet.devices.challenge"', '"fleet.devices.session"'],
    "fleet/devices/tokens/secret.py": ['f"fleet.devices.{purpose.name}"', 'CODE = "ef_enr_"'],
}
# A path from the top, as docstrings say where something is.
NAMED = re.compile(rf"`((?:{'|'.join(PACKAGES)}|tests)/[\w./-]+)`")


def there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def every_signal_has_a_receiver() -> Iterator[str]:
    text = "\n".join(source.text for source in sources())
    for name in re.findall(r"(?m)^(\w+)(?:: \w+)? = Signal\(\)", text):
        if f"{name}.connect(" not in text and f"receiver({name}" not in text:
            yield name


def every_setting_has_a_reader() -> Iterator[str]:
    text = "\n".join(s.text for s in sources(tests=True) if "/settings/" not in s.name)
    own = "\n".join(s.text for s in sources() if "/settings/" in s.name)
    for source in sources():
        if not source.name.startswith("fleet/settings/"):
            continue
        for node in source.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                name = target.id if isinstance(target, ast.Name) else ""
                told = own.count(name) < 3  # where it is set, and the variable that sets it
                if name.startswith("EDGEFLEET_") and name not in text and told:
                    yield name


def every_file_that_is_named_is_there() -> Iterator[str]:
    for source in sources(tests=True):
        for name in NAMED.findall(source.text):
            if not (ROOT / name).exists():
                yield f"{source.name}: {name}"


def every_module_of_a_migration_imports() -> Iterator[str]:
    for path in sorted(ROOT.glob("*/**/migrations/*.py")):
        if ".venv" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            yield from (f"{path.name}: {name}" for name in names if not there(name))


def salts_stay() -> Iterator[str]:
    for path, salts in SALTS.items():
        for salt in salts:
            if salt not in read(path):
                yield f"{path} has lost {salt}, which would void every token"


def public_addresses_stay() -> Iterator[str]:
    for name in read("tests/architecture/public.txt").split():
        if not there(name):
            yield name
